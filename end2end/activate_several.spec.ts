// Several roles in one go: one reason and one duration, and what came of each.

import { expect, signInAs, test } from './fixtures'
import { deactivate } from './steps'

test('what one role asks for and did not get does not hinder the others', async ({ page, a11y }) => {
  await signInAs(page, 'eli@stint.example')
  await page.goto('/my-roles')
  await page.getByRole('link', { name: 'Activate several' }).click()
  await page.getByRole('button', { name: 'Activate', exact: true }).click()
  await expect(page.getByText('Choose at least one role.')).toBeVisible()

  await page.getByRole('checkbox', { name: 'Choose Groups Administrator' }).check()
  await page.getByRole('checkbox', { name: 'Choose Security Reader' }).check()
  await page.getByRole('button', { name: 'Activate', exact: true }).click()
  const refused = page.getByRole('row', { name: /Groups Administrator Refused/ })
  await expect(refused).toContainText("This role's settings ask for a reason.")

  // Nothing was lost: the reason is all that is missing.
  await expect(page.getByRole('checkbox', { name: 'Choose Security Reader' })).toBeChecked()
  await page.getByRole('textbox', { name: /Reason/ }).fill('Friday maintenance')
  await page.getByRole('button', { name: 'Activate', exact: true }).click()
  const done = page.getByRole('table', { name: 'What came of each role' })
  await expect(done.getByRole('row', { name: /Groups Administrator Done Active until/ })).toBeVisible()
  await expect(done.getByRole('row', { name: /Security Reader Done Active until/ })).toBeVisible()
  await a11y()

  await page.getByRole('link', { name: 'My roles', exact: true }).last().click()
  await expect(page).toHaveURL(/my-roles\?tab=active/)
  for (const role of ['Groups Administrator', 'Security Reader']) await deactivate(page, role)
})
