// Passkeys, with an authenticator that the browser makes up. They are bound to a host name, so the stories come by one.

import type { CDPSession, Page } from '@playwright/test'
import { advanceClock, expect, signInAs, test } from './fixtures'

test.use({ baseURL: `http://localhost:${process.env.STINT_E2E_PORT ?? '3100'}` })

const ROLE = 'Conditional Access Administrator'

interface Device {
  cdp: CDPSession
  authenticatorId: string
}

async function plugIn(page: Page): Promise<Device> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return { cdp, authenticatorId }
}

async function verifies({ cdp, authenticatorId }: Device, isUserVerified: boolean): Promise<void> {
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
}

async function addPasskey(page: Page, name: string): Promise<void> {
  await page.goto('/security-info')
  await page.getByRole('textbox', { name: 'Name of the passkey' }).fill(name)
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await expect(page.getByRole('row', { name: new RegExp(name) })).toBeVisible()
}

async function signOut(page: Page): Promise<void> {
  await page.context().clearCookies()
  await page.goto('/sign-in')
}

test('a passkey signs in without a name, and is removed', async ({ page, a11y }) => {
  const device = await plugIn(page)
  await signInAs(page, 'auditor@stint.example')
  await addPasskey(page, 'Laptop')
  await a11y()
  await signOut(page)

  // A finger that is not hers.
  await verifies(device, false)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByText('The passkey was not used.')).toBeVisible({ timeout: 20_000 })
  await verifies(device, true)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL((url) => url.pathname === '/')

  // The sign-in was both factors in one, so nothing more is asked.
  await page.goto('/security-info')
  await expect(page.getByRole('row', { name: /Laptop/ })).not.toContainText('Never')
  await page.getByRole('button', { name: 'Remove Laptop' }).click()
  await page.getByRole('dialog', { name: 'Remove Laptop?' }).getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('The passkey was removed.')).toBeVisible()
  await signOut(page)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByText('This passkey opens nothing here.')).toBeVisible()
})

test('a passkey confirms in the panel, and the form is kept', async ({ page }) => {
  await plugIn(page)
  await signInAs(page, 'eli@stint.example')
  // Eli has an app, so adding something asks for it first.
  await page.goto('/security-info')
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await expect(page.getByRole('heading', { name: 'Confirm that it is you' })).toBeVisible()
  const hint = await page.getByText(/In this demo the app would show \d{6}/).textContent()
  await page.getByRole('textbox', { name: 'Code' }).fill(/\d{6}/.exec(hint ?? '')![0])
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL((url) => url.pathname === '/security-info')
  await addPasskey(page, 'Phone')

  await advanceClock(page.request, 601)
  await page.goto('/my-roles')
  await page.getByRole('link', { name: `Activate ${ROLE}` }).click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('textbox', { name: /Reason/ }).fill('A policy has to change')
  await panel.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(panel.getByText('You confirmed that it is you with a passkey.')).toBeVisible()
  await expect(panel.getByRole('textbox', { name: /Reason/ })).toHaveValue('A policy has to change')
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()

  // Left as it was found.
  await page.goto('/my-roles?tab=active')
  await page.getByRole('button', { name: `Deactivate ${ROLE}` }).click()
  await page.getByRole('dialog', { name: `Deactivate ${ROLE}?` }).getByRole('button', { name: 'Deactivate' }).click()
  await page.goto('/security-info')
  await page.getByRole('button', { name: 'Remove Phone' }).click()
  await page.getByRole('dialog', { name: 'Remove Phone?' }).getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('The passkey was removed.')).toBeVisible()
})
