// An administrator sets a role's rules, a person asks, an approver decides, and the person who waits sees it.

import type { Page } from '@playwright/test'
import { advanceClock, expect, signInAs, test } from './fixtures'
import { findMail, openActivation, openRole, signInToGuard } from './steps'

test.describe.configure({ mode: 'serial' })

const ROLE = 'Application Administrator'

/** Eli asks for the role; the page that opens is the request's. */
async function ask(page: Page, reason: string, hours = '2') {
  await signInAs(page, 'eli@stint.example')
  const panel = await openActivation(page, ROLE)
  await expect(panel.getByText('This role needs approval')).toBeVisible()
  await expect(panel.getByText(/Your request goes to Priya Raman/)).toBeVisible()
  await panel.getByRole('spinbutton', { name: 'Duration (hours)' }).fill(hours)
  await panel.getByRole('textbox', { name: /Reason/ }).fill(reason)
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page).toHaveURL(/\/my-requests\//)
  await expect(page.getByText('Your request waits for approval')).toBeVisible()
}

test('an administrator changes the settings, sees first what that would change, and goes back', async ({ page, a11y }) => {
  await signInToGuard(page, 'admin@stint.example')
  await openRole(page, ROLE)
  await expect(page.getByRole('main')).toContainText('Priya Raman')
  await page.getByRole('link', { name: 'Edit', exact: true }).click()
  await expect(page.getByRole('checkbox', { name: 'Require approval to activate' })).toBeChecked()
  await a11y()

  // What is wrong is said at the field, and nothing typed is lost.
  await page.getByRole('spinbutton', { name: 'Activation maximum duration (hours)' }).fill('3')
  await page.getByRole('textbox', { name: 'Time to decide (hours)' }).fill('9999')
  await page.getByRole('textbox', { name: 'Add approvers' }).fill('nobody.of.this.name@stint.example')
  await page.getByRole('button', { name: 'Update' }).click()
  await expect(page.getByText('There is no user or group “nobody.of.this.name@stint.example”.')).toBeVisible()
  await expect(page.getByRole('spinbutton', { name: 'Activation maximum duration (hours)' })).toHaveValue('3')
  await page.getByRole('textbox', { name: 'Add approvers' }).fill('admin@stint.example')
  await page.getByRole('textbox', { name: 'Time to decide (hours)' }).fill('48')

  await page.getByRole('button', { name: 'Preview changes' }).click()
  const preview = page.getByText('What would change').locator('..')
  await expect(preview).toContainText('Activation maximum duration (hours): 4 → 3')
  await expect(preview).toContainText('1 person could activate for at most 3 hours instead of 4 hours.')
  await page.getByRole('button', { name: 'Update' }).click()

  await expect(page).toHaveURL(/\/settings$/)
  await expect(page.getByText(/Last changed by/)).toContainText('Ada Admin')
  await expect(page.getByRole('main')).toContainText('3 hours')
  await expect(page.getByRole('main')).toContainText('Ada Admin, Priya Raman')

  await page.getByRole('link', { name: 'History', exact: true }).click()
  const latest = page.getByRole('row', { name: /Activation maximum duration \(hours\): 4 → 3/ })
  await expect(latest).toContainText('Ada Admin')
  await a11y()
  await page.getByRole('row').filter({ hasText: 'Restore' }).first().getByRole('button', { name: /Restore version/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click()
  await expect(page.getByRole('row', { name: /Activation maximum duration \(hours\): 3 → 4/ })).toBeVisible()

  await page.goto('/audit')
  await expect(page.getByRole('row', { name: new RegExp(ROLE) }).first()).toBeVisible()
})

test('a request waits, is approved for less, and the page of who waits becomes active by itself', async ({ page, meanwhile, a11y }) => {
  await ask(page, 'Certificates of the payroll application')

  const approver = await meanwhile('approver@stint.example')
  await approver.getByRole('navigation').getByRole('link', { name: 'Approve requests' }).click()
  const row = approver.getByRole('row', { name: /Eli Novak/ })
  await expect(row).toContainText('Certificates of the payroll application')
  await row.getByRole('link', { name: ROLE }).click()
  await expect(approver).toHaveURL(/\/approvals\//)
  const address = approver.url()
  await approver.getByRole('textbox', { name: 'Duration (hours)' }).fill('1')
  await approver.getByRole('textbox', { name: 'Justification' }).fill('One hour will do')
  await approver.getByRole('button', { name: 'Approve' }).click()
  await expect(approver.getByText('This request was approved')).toBeVisible()
  await expect(approver.getByRole('table', { name: 'Decisions' })).toContainText('One hour will do')

  // Without a reload.
  await expect(page.getByText(`${ROLE} is yours`)).toBeVisible({ timeout: 10_000 })
  await a11y()
  await page.getByRole('main').getByRole('link', { name: 'Active assignments' }).click()
  await expect(page.getByRole('row', { name: new RegExp(ROLE) })).toContainText('Activated')

  // The link says what happened, also to who opens it later; to others it says nothing.
  await approver.goto(address)
  await expect(approver.getByText('This request was approved')).toBeVisible()
  await expect(approver.getByRole('button', { name: 'Approve' })).toHaveCount(0)
  await approver.context().clearCookies()
  await signInAs(approver, 'demouser@stint.example')
  expect((await approver.goto(address))?.status()).toBe(404)
})

test('the mail leads to the request, and the settings say who gets it', async ({ page }) => {
  await signInAs(page, 'admin@stint.example')
  await findMail(page, 'eli@stint.example', `PIM: your request for ${ROLE} was approved`)
  const asked = await findMail(page, 'approver@stint.example', `PIM: Eli Novak asks to activate ${ROLE}`)
  await asked.getByText('PIM: Eli Novak asks to activate').click()
  await expect(asked).toContainText('Certificates of the payroll application')
  await asked.getByRole('link', { name: 'Open the link' }).click()
  await expect(page).toHaveURL(/\/approvals\//)
  await expect(page.getByText('This request was approved')).toBeVisible()
})

test('many are denied at once, with one justification', async ({ page, meanwhile, request }) => {
  await advanceClock(request, 2 * 60 * 60)
  await ask(page, 'Denied, please')
  const approver = await meanwhile('approver@stint.example')
  await approver.goto('/approvals')
  await approver.getByRole('checkbox', { name: `Select ${ROLE} of Eli Novak` }).check()
  await approver.getByRole('textbox', { name: 'Justification' }).fill('Not this week')
  await approver.getByRole('button', { name: 'Deny' }).click()
  await expect(approver.getByText(`${ROLE} for Eli Novak: recorded`)).toBeVisible()
  await expect(approver.getByText('Nothing waits for your decision.')).toBeVisible()
  await expect(page.getByText('This request was denied')).toBeVisible({ timeout: 10_000 })
  await expect(page.getByRole('table', { name: 'Decisions' })).toContainText('Not this week')
})

test('a request is taken back, and another expires', async ({ page, request }) => {
  await ask(page, 'Changed my mind')
  await page.getByRole('button', { name: 'Cancel request' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel request' }).click()
  await expect(page.getByText('This request was cancelled.').first()).toBeVisible()

  await ask(page, 'Nobody looks')
  await advanceClock(request, 25 * 60 * 60)
  await signInAs(page, 'eli@stint.example')
  await page.goto('/my-requests')
  await expect(page.getByRole('row', { name: /Nobody looks/ })).toContainText('Expired')
  await expect(page.getByRole('row', { name: /Changed my mind/ })).toContainText('Cancelled')
})

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false })

  test('a request from a mail is decided after signing in', async ({ page }) => {
    await signInAs(page, 'eli@stint.example')
    await openActivation(page, ROLE)
    await page.getByRole('spinbutton', { name: 'Duration (hours)' }).fill('1')
    await page.getByRole('textbox', { name: /Reason/ }).fill('From a phone')
    await page.getByRole('button', { name: 'Activate' }).click()
    await expect(page.getByText('Your request waits for approval')).toBeVisible()
    const link = page.url().replace('/my-requests/', '/approvals/')

    // The link is opened signed out; signing in comes back to it.
    await page.context().clearCookies()
    await page.goto(link)
    await expect(page).toHaveURL(/\/sign-in\?return_to=/)
    await page.getByRole('button', { name: /approver@stint.example/ }).click()
    await expect(page).toHaveURL(link)
    await page.getByRole('button', { name: 'Approve' }).click()
    await expect(page.getByRole('textbox', { name: 'Justification' })).toBeVisible()
    await page.getByRole('textbox', { name: 'Justification' }).fill('Seen on the phone')
    await page.getByRole('button', { name: 'Approve' }).click()
    await expect(page.getByText('This request was approved')).toBeVisible()
  })
})
