// An assignment goes on: its holder asks, an administrator decides or does it at once; an activation is kept on and repeated.

import { advanceClock, expect, signInAs, test } from './fixtures'
import { activate, addAssignment, openAssignedRoles } from './steps'

test.describe.configure({ mode: 'serial' })

const DAY = 86_400
const ROLE = 'Groups Administrator'

/** Ada makes the demo user eligible for twenty days. */
test('an assignment that ends in three weeks cannot be extended yet, and says from when on', async ({ page }) => {
  await signInAs(page, 'admin@stint.example')
  await openAssignedRoles(page, 'demouser')
  await addAssignment(page, ROLE)
  await page.getByRole('checkbox', { name: 'Permanently eligible' }).uncheck()
  const start = await page.getByLabel('Assignment starts').inputValue()
  const end = new Date(new Date(`${start}Z`).getTime() + 20 * DAY * 1000).toISOString().slice(0, 16)
  await page.getByLabel('Assignment ends').fill(end)
  await page.getByRole('button', { name: 'Assign' }).click()
  await expect(page).toHaveURL(/assigned-roles/)
  const extend = page.getByRole('link', { name: `Extend ${ROLE} of demouser` })
  await expect(extend).toHaveAttribute('aria-disabled', 'true')
  await expect(page.getByRole('row', { name: new RegExp(ROLE) })).toContainText(/can be extended/)
})

test('the holder asks to extend, an administrator grants it from the inbox', async ({ page, meanwhile, a11y }) => {
  await advanceClock(page.request, 10 * DAY)
  await signInAs(page, 'demouser@stint.example')
  await page.goto('/my-roles')
  await page.getByRole('link', { name: `Extend ${ROLE}` }).click()
  await expect(page.getByRole('heading', { name: `Extend - ${ROLE}` })).toBeVisible()
  await a11y()
  await page.getByRole('textbox', { name: /Reason/ }).fill('The project goes on')
  await page.getByRole('button', { name: 'Ask to extend' }).click()
  await expect(page).toHaveURL(/\/my-requests\//)
  await expect(page.getByText('Your request waits for a decision')).toBeVisible()
  const address = page.url()

  const other = await meanwhile('admin@stint.example')
  await other.goto('/requests?kind=extension')
  await expect(other.getByRole('row', { name: new RegExp(ROLE) })).toContainText('The project goes on')
  await other.goto('/approvals?kind=extension')
  await other.getByRole('link', { name: ROLE }).click()
  await expect(other.getByRole('heading', { name: `Extend - ${ROLE}` })).toBeVisible()
  await other.getByRole('textbox', { name: 'Justification' }).fill('Of course')
  await other.getByRole('button', { name: 'Approve' }).click()
  await expect(other.getByText('This request was approved')).toBeVisible()

  await expect(page).toHaveURL(address)
  await expect(page.getByText(`You stay eligible for ${ROLE}`)).toBeVisible({ timeout: 10_000 })
})

test('an activation is extended without a gap, ends, and is repeated with its reason', async ({ page, a11y }) => {
  await signInAs(page, 'demouser@stint.example')
  await activate(page, ROLE, 'Tidy the groups up', '1.5')
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()

  await page.goto('/my-roles?tab=active')
  await expect(page.getByRole('row', { name: new RegExp(ROLE) })).toContainText('1 h 30 min left')
  await page.getByRole('link', { name: `Extend ${ROLE}` }).click()
  await a11y()
  await page.getByRole('spinbutton', { name: 'Duration (hours)' }).fill('2')
  await page.getByRole('textbox', { name: /Reason/ }).fill('More than I thought')
  await page.getByRole('button', { name: 'Extend', exact: true }).click()
  await expect(page.getByText('The activation was extended.')).toBeVisible()
  await expect(page.getByRole('row', { name: new RegExp(ROLE) })).toContainText('3 h 30 min left')

  await advanceClock(page.request, 4 * 3600)
  await page.goto('/my-roles?tab=expired&type=active')
  await page.getByRole('link', { name: `Activate again ${ROLE}` }).first().click()
  await expect(page.getByRole('spinbutton', { name: 'Duration (hours)' })).toHaveValue('1.5')
  await expect(page.getByRole('textbox', { name: /Reason/ })).toHaveValue('Tidy the groups up')
})

test('what has ended is renewed by an administrator at once', async ({ page }) => {
  await signInAs(page, 'admin@stint.example')
  await openAssignedRoles(page, 'demouser')
  await advanceClock(page.request, 31 * DAY)
  // Half a day ends a session.
  await signInAs(page, 'admin@stint.example')
  await page.goto('/assignments?tab=expired&q=Groups')
  await page.getByRole('link', { name: `Renew ${ROLE} of demouser` }).first().click()
  await expect(page.getByRole('heading', { name: `Renew - ${ROLE}` })).toBeVisible()
  await page.getByRole('button', { name: 'Renew', exact: true }).click()
  await expect(page.getByText('The assignment was renewed.')).toBeVisible()
})
