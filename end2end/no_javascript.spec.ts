// Plain forms: assign and activate without a line of script.

import { expect, signInAs, test } from './fixtures'
import { openAssignedRoles } from './steps'

test.use({ javaScriptEnabled: false })

test('assign and activate by plain forms', async ({ page }) => {
  await signInAs(page, 'admin@stint.example')
  await openAssignedRoles(page, 'Hana Sato')
  await page.getByRole('link', { name: 'Add assignments' }).click()
  await page.getByRole('combobox', { name: 'Select role' }).fill('Groups Administrator')
  // A second member, found by the search of the form.
  await page.getByRole('searchbox', { name: 'Search users, groups and service principals' }).fill('eli@')
  await page.getByRole('main').getByRole('button', { name: 'Search', exact: true }).click()
  await expect(page.getByRole('combobox', { name: 'Select role' })).toHaveValue('Groups Administrator')
  await page.getByRole('button', { name: 'Next' }).click()

  // An end before the start: refused, and every word is still there.
  await page.getByRole('checkbox', { name: 'Permanently eligible' }).uncheck()
  await page.getByLabel('Assignment starts').fill('2032-05-02T10:00')
  await page.getByLabel('Assignment ends').fill('2032-05-01T10:00')
  await page.getByRole('textbox', { name: 'Justification' }).fill('Quarter end <b>& more</b> </textarea>')
  await page.getByRole('button', { name: 'Assign' }).click()
  await expect(page.getByText('The end must be after the start.')).toBeVisible()
  await expect(page.getByLabel('Assignment ends')).toHaveValue('2032-05-01T10:00')
  await expect(page.getByRole('checkbox', { name: 'Permanently eligible' })).not.toBeChecked()
  await expect(page.getByRole('textbox', { name: 'Justification' })).toHaveValue('Quarter end <b>& more</b> </textarea>')

  // And a second time.
  await page.getByLabel('Assignment ends').fill('2032-04-01T10:00')
  await page.getByRole('button', { name: 'Assign' }).click()
  await expect(page.getByText('The end must be after the start.')).toBeVisible()
  await expect(page.getByLabel('Assignment ends')).toHaveValue('2032-04-01T10:00')

  await page.getByRole('checkbox', { name: 'Permanently eligible' }).check()
  await page.getByLabel('Assignment starts').fill('')
  await page.getByRole('button', { name: 'Assign' }).click()
  await expect(page.getByRole('row', { name: /Groups Administrator/ })).toContainText('Permanent')

  // Eli is eligible from the start.
  await page.context().clearCookies()
  await signInAs(page, 'eli@stint.example')
  await page.getByRole('link', { name: 'My roles', exact: true }).first().click()
  await page.getByRole('link', { name: 'Activate User Administrator' }).click()
  await page.getByRole('spinbutton', { name: 'Duration (hours)' }).fill('1')
  // Spaces pass the browser's own check; the server's says what it wants.
  await page.getByRole('textbox', { name: /Reason/ }).fill('   ')
  await page.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText("This role's settings ask for a reason.")).toBeVisible()
  await expect(page.getByRole('spinbutton', { name: 'Duration (hours)' })).toHaveValue('1')
  await page.getByRole('textbox', { name: /Reason/ }).fill('No script here')
  await page.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()
  await page.goto('/users/new')
  await expect(page.getByRole('button', { name: 'Create' })).toBeVisible()
})
