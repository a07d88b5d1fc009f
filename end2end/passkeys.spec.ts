// Passkeys, with an authenticator that the browser makes up. They are bound to a host name, so the stories come by one.

import type { Page } from '@playwright/test'
import { addPasskey, Device, removePasskey, typeShownCode } from './authenticators'
import { advanceClock, expect, signInAs, test } from './fixtures'
import { deactivate, openActivation } from './steps'

test.use({ baseURL: `http://localhost:${process.env.STINT_E2E_PORT ?? '3100'}` })

const ROLE = 'Conditional Access Administrator'

/** Eli has an app, so adding a passkey asks for its code first. */
async function addSecondFactor(page: Page, name: string): Promise<void> {
  await page.goto('/security-info')
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await expect(page.getByRole('heading', { name: 'Confirm that it is you' })).toBeVisible()
  await typeShownCode(page)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL((url) => url.pathname === '/security-info')
  await addPasskey(page, name)
}

async function signOut(page: Page): Promise<void> {
  await page.context().clearCookies()
  await page.goto('/sign-in')
}

test('a passkey signs in without a name, and is removed', async ({ page, a11y }) => {
  test.slow()
  const device = await Device.plugIn(page)
  await signInAs(page, 'auditor@stint.example')
  // A finger that is not his.
  await device.verifies(false)
  await page.goto('/security-info')
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await expect(page.getByText('The passkey was not used.')).toBeVisible({ timeout: 20_000 })
  expect(await device.count(), 'passkeys on the device').toBe(0)
  await device.verifies(true)
  await addPasskey(page, 'Laptop')
  await a11y()
  await signOut(page)

  await device.verifies(false)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByText('The passkey was not used.')).toBeVisible({ timeout: 20_000 })
  await device.verifies(true)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL((url) => url.pathname === '/')

  // The sign-in was both factors in one, so nothing more is asked.
  await page.goto('/security-info')
  await expect(page.getByRole('row', { name: /Laptop/ })).not.toContainText('Never')
  await removePasskey(page, 'Laptop')
  await signOut(page)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByText('This passkey opens nothing here.')).toBeVisible()
})

test('a passkey confirms in the panel, and the form is kept', async ({ page }) => {
  await Device.plugIn(page)
  await signInAs(page, 'eli@stint.example')
  await addSecondFactor(page, 'Phone')

  await advanceClock(page.request, 601)
  const panel = await openActivation(page, ROLE)
  await panel.getByRole('textbox', { name: /Reason/ }).fill('A policy has to change')
  await panel.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(panel.getByText('You confirmed that it is you with a passkey.')).toBeVisible()
  await expect(panel.getByRole('textbox', { name: /Reason/ })).toHaveValue('A policy has to change')
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()

  // Left as it was found.
  await deactivate(page, ROLE)
  await removePasskey(page, 'Phone')
})

test('a finger that is not theirs confirms nothing', async ({ page }) => {
  test.slow()
  const device = await Device.plugIn(page)
  await signInAs(page, 'eli@stint.example')
  await addSecondFactor(page, 'Phone')
  await advanceClock(page.request, 601)
  await device.verifies(false)

  const panel = await openActivation(page, ROLE)
  await panel.getByRole('textbox', { name: /Reason/ }).fill('A policy has to change')
  await panel.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(panel.getByText('The passkey was not used. Try again, or use a code.')).toBeVisible({ timeout: 20_000 })
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(panel.getByText('Confirm that it is you', { exact: true })).toBeVisible()
  await expect(panel.getByRole('textbox', { name: /Reason/ })).toHaveValue('A policy has to change')
  await page.goto('/my-roles?tab=active')
  await expect(page.getByRole('row', { name: new RegExp(ROLE) })).toHaveCount(0)

  // Left as it was found.
  await device.verifies(true)
  await page.goto('/confirm?return_to=/security-info')
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(page.getByText('You confirmed that it is you with a passkey.')).toBeVisible()
  await removePasskey(page, 'Phone')
})

test('a device that has verified nobody signs nobody in, though the browser asked for less', async ({ page }) => {
  const device = await Device.plugIn(page)
  await signInAs(page, 'auditor@stint.example')
  await addPasskey(page, 'Laptop')
  await signOut(page)

  // Whoever has found the device lets it sign without a finger.
  await page.evaluate(() => {
    const get = navigator.credentials.get.bind(navigator.credentials)
    navigator.credentials.get = (options) =>
      get({ ...options, publicKey: { ...options!.publicKey!, userVerification: 'discouraged' } })
  })
  await device.verifies(false)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.locator('[data-passkey-said]')).not.toBeEmpty()
  await page.goto('/my-roles')
  await expect(page).toHaveURL(/\/sign-in/)

  await device.verifies(true)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL((url) => url.pathname === '/my-roles')
  await removePasskey(page, 'Laptop')
})
