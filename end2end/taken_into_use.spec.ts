// One person takes an empty server into use with a passkey, and from then on a role can ask for it.

import type { Page } from '@playwright/test'
import { Device } from './authenticators'
import { advanceClock, expect } from './fixtures'
import { test } from './server'
import { addAssignment, editSettings, openActivation, openAssignedRoles, updateSettings } from './steps'

test.use({ stint: { demo: false, host: 'localhost' } })

const ROLE = 'Security Administrator'

/** How many seconds a person needs to find something and press it, and to fill a field in. */
const PRESS = 5
const FIELD = 12

/** Counts what a person does in the page from now on, and tells how many seconds that takes them. */
async function watch(page: Page): Promise<() => number> {
  let seconds = 0
  await page.exposeFunction('noteWork', (work: number) => (seconds += work))
  await page.addInitScript(
    ([press, field]) => {
      const note = (window as unknown as { noteWork: (seconds: number) => void }).noteWork
      addEventListener('click', () => note(press!), true)
      addEventListener('change', () => note(field!), true)
    },
    [PRESS, FIELD],
  )
  return () => seconds
}

test('in under three minutes, and a role asks for the passkey from then on', async ({ page, server, a11y }) => {
  test.slow()
  const device = await Device.plugIn(page)
  const worked = await watch(page)
  await page.goto(server.setupLink)
  await page.getByRole('textbox', { name: 'Display name' }).fill('Grace Mensah')
  await page.getByRole('textbox', { name: 'User name' }).fill('grace@contoso.example')
  await page.getByRole('button', { name: 'Become administrator with a passkey' }).click()
  await page.getByRole('button', { name: 'Account: Grace Mensah' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByRole('button', { name: 'Account: Grace Mensah' })).toBeVisible()
  await page.goto('/my-roles?tab=active')
  await expect(page.getByRole('row', { name: /Global Administrator/ })).toBeVisible()
  expect(worked(), 'seconds of work').toBeGreaterThan(2 * FIELD)
  expect(worked(), 'seconds of work').toBeLessThan(180)

  // A context that nothing but a passkey satisfies, and a role that names it.
  await page.goto('/authentication-contexts')
  await page.getByRole('textbox', { name: 'Name' }).fill('With a passkey')
  await page.getByLabel('Satisfied by').selectOption({ label: 'A passkey only' })
  await page.getByRole('textbox', { name: 'Given within (minutes)' }).fill('5')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('row', { name: /^c1 With a passkey/ })).toBeVisible()
  await editSettings(page, ROLE)
  await page.getByLabel('On activation, require').selectOption({ label: 'Authentication context c1 (With a passkey)' })
  await updateSettings(page)
  await openAssignedRoles(page, 'Grace Mensah')
  await addAssignment(page, ROLE)
  await page.getByRole('button', { name: 'Assign' }).click()
  await expect(page.getByRole('row', { name: new RegExp(ROLE) })).toBeVisible()

  // The passkey of the sign-in is too old by now, and no code would do.
  await advanceClock(page.request, 6 * 60)
  const panel = await openActivation(page, ROLE)
  await expect(panel.getByText('Confirm that it is you', { exact: true })).toBeVisible()
  await expect(panel.getByRole('textbox', { name: 'Code' })).toBeHidden()
  await a11y()
  await panel.getByRole('textbox', { name: /Reason/ }).fill('To look into an alert')
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page).toHaveURL(/\/activate/)
  await device.verifies(false)
  await panel.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(panel.getByText('The passkey was not used.')).toBeVisible({ timeout: 20_000 })
  await device.verifies(true)
  await panel.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(panel.getByText('You confirmed that it is you with a passkey.')).toBeVisible()
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()
})
