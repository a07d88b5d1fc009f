// The last permanently active Global Administrator stays.

import { expect, signInAs, test } from './fixtures'

test('the last Global Administrator can be neither disabled nor removed', async ({ page }) => {
  await signInAs(page, 'admin@stint.example')
  // Olga holds the role too: she may go.
  await page.goto('/users?q=olga')
  await page.getByRole('link', { name: 'Olga Marin' }).click()
  await page.getByRole('button', { name: /Disable/ }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: /Disable/ }).click()
  await expect(page.getByText('Disabled').first()).toBeVisible()

  await page.goto('/users?q=admin@')
  await page.getByRole('link', { name: 'Ada Admin' }).click()
  await page.getByRole('button', { name: /Disable/ }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: /Disable/ }).click()
  await expect(page.getByText(/without a permanently active Global Administrator/).first()).toBeVisible()

  await page.goto('/users?q=olga')
  await page.getByRole('link', { name: 'Olga Marin' }).click()
  await page.getByRole('button', { name: /Enable/ }).first().click()
  const dialog = page.getByRole('dialog')
  if (await dialog.isVisible()) await dialog.getByRole('button', { name: /Enable/ }).click()
  await expect(page.getByRole('button', { name: /Disable/ }).first()).toBeVisible()
})
