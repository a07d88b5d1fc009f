// Second factors: a code beside the form that asks for it, an app from the beginning, and the same without script.

import { createHmac } from 'node:crypto'
import type { APIRequestContext, Page } from '@playwright/test'
import { advanceClock, expect, signInAs, test } from './fixtures'

const ROLE = 'Conditional Access Administrator'

/** What an authenticator app shows for this secret at the server's time. */
async function codeOf(request: APIRequestContext, secret: string): Promise<string> {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret.replace(/\s/g, '')].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
  const now = Number(await (await request.get('/test/clock')).text())
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(now / 30)))
  const hash = createHmac('sha1', key).update(step).digest()
  const at = hash[19]! & 15
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** The code that the demo shows beside the field. */
async function shownCode(page: Page): Promise<string> {
  const hint = await page.getByText(/In this demo the app would show \d{6}/).textContent()
  return /\d{6}/.exec(hint ?? '')![0]
}

async function deactivate(page: Page): Promise<void> {
  await page.goto('/my-roles?tab=active')
  await page.getByRole('button', { name: `Deactivate ${ROLE}` }).click()
  await page.getByRole('dialog', { name: `Deactivate ${ROLE}?` }).getByRole('button', { name: 'Deactivate' }).click()
  await expect(page.getByRole('button', { name: `Deactivate ${ROLE}` })).toBeHidden()
}

test('a role that asks for a second factor says so before, and the form is kept', async ({ page, a11y }) => {
  await signInAs(page, 'eli@stint.example')
  await page.goto('/my-roles')
  await page.getByRole('link', { name: `Activate ${ROLE}` }).click()
  const panel = page.getByRole('dialog')
  await expect(panel.getByText('This asks for a second factor')).toBeVisible()
  await a11y()

  await panel.getByRole('textbox', { name: /Reason/ }).fill('A policy has to change')
  await panel.getByRole('textbox', { name: 'Code' }).fill('000000')
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(panel.getByText('This code is not right.')).toBeVisible()
  await expect(panel.getByRole('textbox', { name: /Reason/ })).toHaveValue('A policy has to change')

  await panel.getByRole('textbox', { name: 'Code' }).fill(await shownCode(page))
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()
  await deactivate(page)

  // For ten minutes nothing more is asked.
  await page.goto('/my-roles')
  await page.getByRole('link', { name: `Activate ${ROLE}` }).click()
  await expect(panel.getByText(/You gave one (a moment|a minute|\d+ minutes) ago/)).toBeVisible()
  await expect(panel.getByRole('textbox', { name: 'Code' })).toBeHidden()
  await advanceClock(page.request, 601)
  await page.reload()
  await expect(panel.getByRole('textbox', { name: 'Code' })).toBeVisible()
})

test('somebody gets their first second factor', async ({ page, a11y }) => {
  await signInAs(page, 'demouser@stint.example')
  await page.goto('/confirm?return_to=/users')
  await expect(page.getByText('you have none').first()).toBeVisible()
  await page.getByRole('link', { name: 'Security info' }).first().click()
  await expect(page.getByText('You have no second factor yet')).toBeVisible()
  await page.getByRole('button', { name: 'Add authenticator app' }).click()
  await expect(page.getByRole('img', { name: 'QR code with the secret below' })).toBeVisible()
  await a11y()
  const secret = await page.getByText(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/).innerText()

  await page.getByRole('textbox', { name: 'Code' }).fill('000000')
  await page.getByRole('button', { name: 'Confirm' }).click()
  await expect(page.getByText('This code is not right.')).toBeVisible()
  await page.getByRole('textbox', { name: 'Code' }).fill(await codeOf(page.request, secret))
  await page.getByRole('button', { name: 'Confirm' }).click()
  await expect(page.getByText('The authenticator app was added.')).toBeVisible()

  await page.getByRole('button', { name: 'Create recovery codes' }).click()
  await expect(page.getByText('Write these down')).toBeVisible()
  const codes = await page.getByText(/^([a-z2-9]{4}-){3}[a-z2-9]{4}$/).allInnerTexts()
  expect(codes).toHaveLength(10)

  // Later the session alone changes nothing any more: what was asked for is kept until the code is there.
  await advanceClock(page.request, 601)
  await page.getByRole('button', { name: 'Remove' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByRole('heading', { name: 'Confirm that it is you' })).toBeVisible()
  await a11y()
  await page.getByRole('textbox', { name: 'Code' }).fill(codes[0]!)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByText('You have no second factor yet')).toBeVisible()
})

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false })

  test('several roles at once ask once, on a page that keeps the form', async ({ page }) => {
    await signInAs(page, 'eli@stint.example')
    await advanceClock(page.request, 61)
    await page.goto('/my-roles/activate')
    await page.getByRole('checkbox', { name: `Choose ${ROLE}` }).check()
    await page.getByRole('textbox', { name: /Reason/ }).fill('No script here')
    await page.getByRole('button', { name: 'Activate', exact: true }).click()
    await expect(page.getByRole('heading', { name: 'Confirm that it is you' })).toBeVisible()
    await page.getByRole('textbox', { name: 'Code' }).fill(await shownCode(page))
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(page.getByRole('row', { name: new RegExp(`${ROLE} Done Active until`) })).toBeVisible()
    await page.goto('/my-roles?tab=active')
    await expect(page.getByRole('row', { name: new RegExp(ROLE) })).toBeVisible()
    await advanceClock(page.request, 3600)
  })
})
