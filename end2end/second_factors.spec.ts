// Second factors: a code beside the form that asks for it, an app from the beginning, and the same without script.

import { codeOf, secretIn, typeShownCode } from './authenticators'
import { advanceClock, expect, signInAs, test } from './fixtures'
import { deactivate, openActivation } from './steps'

const ROLE = 'Conditional Access Administrator'

test('a role that asks for a second factor says so before, and the form is kept', async ({ page, a11y }) => {
  await signInAs(page, 'eli@stint.example')
  const panel = await openActivation(page, ROLE)
  await expect(panel.getByText('This asks for a second factor')).toBeVisible()
  await a11y()

  await panel.getByRole('textbox', { name: /Reason/ }).fill('A policy has to change')
  await panel.getByRole('textbox', { name: 'Code' }).fill('000000')
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(panel.getByText('This code is not right.')).toBeVisible()
  await expect(panel.getByRole('textbox', { name: /Reason/ })).toHaveValue('A policy has to change')

  await typeShownCode(page)
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()
  await deactivate(page, ROLE)

  // For ten minutes nothing more is asked.
  await openActivation(page, ROLE)
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
  await page.getByRole('textbox', { name: 'Code' }).fill(await codeOf(page.request, secretIn(secret)))
  await page.getByRole('button', { name: 'Confirm' }).click()
  await expect(page.getByText('The authenticator app was added.')).toBeVisible()

  await page.getByRole('button', { name: 'Create recovery codes' }).click()
  await expect(page.getByText('Write these down')).toBeVisible()
  const codes = await page.getByText(/^([a-z2-9]{4}-){5}[a-z2-9]{4}$/).allInnerTexts()
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
    await typeShownCode(page)
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(page.getByRole('row', { name: new RegExp(`${ROLE} Done Active until`) })).toBeVisible()
    await page.goto('/my-roles?tab=active')
    await expect(page.getByRole('row', { name: new RegExp(ROLE) })).toBeVisible()
    await advanceClock(page.request, 3600)
  })
})
