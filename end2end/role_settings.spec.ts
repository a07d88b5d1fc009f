// The settings of many roles: two side by side, a template for several, and all as a file.

import { readFile } from 'node:fs/promises'
import { expect, test } from './fixtures'
import { signInToGuard } from './steps'

test('a template is looked at, applied to two roles, compared, exported and imported', async ({ page, a11y }) => {
  await signInToGuard(page, 'admin@stint.example')
  await page.goto('/roles')
  await page.getByRole('link', { name: 'Apply settings to many' }).click()
  await page.getByLabel('Settings of').selectOption({ label: 'Template: Help desk' })
  await page.getByRole('button', { name: 'Preview changes' }).click()
  await expect(page.getByText('Choose at least one role.')).toBeVisible()
  await expect(page.getByLabel('Settings of')).toHaveValue('template:helpdesk')

  await page.getByRole('checkbox', { name: 'Printer Administrator' }).check()
  await page.getByRole('checkbox', { name: 'Printer Technician' }).check()
  await page.getByRole('button', { name: 'Preview changes' }).click()
  const planned = page.getByRole('row', { name: /^Printer Technician/ })
  await expect(planned).toContainText('Require ticket information on activation: No → Yes')
  await a11y()
  await page.getByRole('button', { name: 'Update 2 roles' }).click()
  await expect(page).toHaveURL(/\/roles$/)
  await expect(page.getByText('The settings of 2 roles were updated.')).toBeVisible()
  // What is told is told once.
  await page.reload()
  await expect(page.getByText('The settings of 2 roles were updated.')).toBeHidden()

  await page.getByRole('link', { name: 'Compare settings' }).click()
  await page.getByLabel('First role').selectOption({ label: 'Printer Technician' })
  await page.getByLabel('Second role').selectOption({ label: 'Security Reader' })
  await page.getByRole('checkbox', { name: 'Only what differs' }).check()
  await page.getByRole('button', { name: 'Compare' }).click()
  await expect(page.getByText('2 of 32 settings differ.')).toBeVisible()
  await a11y()

  await page.getByRole('link', { name: 'Export and import' }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Changed roles as TOML' }).click()
  const file = await readFile(await (await download).path(), 'utf8')
  expect(file).toContain('name = "Printer Technician"')
  const shorter = file.replaceAll('maximumDuration = "PT8H"', 'maximumDuration = "PT3H"')
  expect(shorter).not.toBe(file)
  await page.getByLabel('File').fill(`${shorter}\nnonsense`)
  await page.getByRole('button', { name: 'Preview changes' }).click()
  await expect(page.getByText(/The file cannot be read/)).toBeVisible()
  await page.getByLabel('File').fill(shorter)
  await page.getByRole('button', { name: 'Preview changes' }).click()
  await expect(page.getByRole('row', { name: /^Printer Technician/ })).toContainText(
    'Activation maximum duration (hours): 8 → 3',
  )
  await page.getByRole('button', { name: /^Update \d+ roles$/ }).click()
  await expect(page.getByText(/The settings of \d+ roles were updated\./)).toBeVisible()
})
