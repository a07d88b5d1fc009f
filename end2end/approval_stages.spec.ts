// Two stages have to agree, one after the other, and a backup approver decides when it takes long.

import type { Page } from '@playwright/test'
import { advanceClock, expect, signInAs, test } from './fixtures'
import { editSettings, findMail, openActivation, signInToGuard, updateSettings } from './steps'

test.describe.configure({ mode: 'serial' })

const ROLE = 'Password Administrator'
const HOUR = 60 * 60

/** Eli asks for the role; the page that opens is the request's. */
async function ask(page: Page, reason: string) {
  await signInAs(page, 'eli@stint.example')
  const panel = await openActivation(page, ROLE)
  await expect(panel.getByText('Your request goes to Priya Raman, then to Otto Brandt.')).toBeVisible()
  await panel.getByRole('spinbutton', { name: 'Duration (hours)' }).fill('1')
  await panel.getByRole('textbox', { name: /Reason/ }).fill(reason)
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText('Your request waits for approval')).toBeVisible()
  await expect(page.getByText('Stage 1 of 2. It was sent to Priya Raman.')).toBeVisible()
}

/** Somebody else opens the request that the page shows to whoever asked. */
async function open(approver: Page, request: Page): Promise<Page> {
  await approver.goto(request.url().replace('/my-requests/', '/approvals/'))
  return approver
}

async function decide(page: Page, justification: string) {
  await page.getByRole('textbox', { name: 'Justification' }).fill(justification)
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect(page.getByRole('table', { name: 'Decisions' })).toContainText(justification)
}

test('an administrator wants two stages, and nobody may be in both', async ({ page, a11y }) => {
  await signInToGuard(page, 'admin@stint.example')
  await editSettings(page, ROLE)
  await expect(page.getByRole('textbox', { name: 'Stage 2: who approves' })).toBeHidden()
  await page.getByRole('checkbox', { name: 'Require approval to activate' }).check()
  await page.getByRole('textbox', { name: 'Add approvers' }).fill('approver@stint.example')
  await page.getByRole('checkbox', { name: 'Require a second stage' }).check()
  const second = page.getByRole('textbox', { name: 'Stage 2: who approves' })
  await second.fill('approver@stint.example')
  await page.getByRole('textbox', { name: 'Stage 2: who stands in' }).fill('demouser@stint.example')
  await page.getByRole('textbox', { name: 'Stage 2: ask backup approvers after (hours)' }).fill('2')
  await page.getByRole('textbox', { name: 'Remind approvers after (hours)' }).fill('0.5')
  // Those who stand in could serve the second stage, so that is enough; a third stage has nobody left.
  await updateSettings(page)

  await page.getByRole('link', { name: 'Edit', exact: true }).click()
  await page.getByRole('checkbox', { name: 'Require a third stage' }).check()
  await page.getByRole('textbox', { name: 'Stage 3: who approves' }).fill('approver@stint.example')
  await page.getByRole('button', { name: 'Update' }).click()
  await expect(page.getByText(/^Stage 3 needs one approval and could have them from Priya Raman only\./)).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Stage 3: who approves' })).toHaveValue('approver@stint.example')
  await a11y()

  await page.getByRole('checkbox', { name: 'Require a third stage' }).uncheck()
  await page.getByRole('group', { name: 'Stage 2: approvers', exact: true }).getByRole('checkbox', { name: 'Priya Raman' }).uncheck()
  await page.getByRole('textbox', { name: 'Stage 2: who approves' }).fill('auditor@stint.example')
  await page.getByRole('button', { name: 'Preview changes' }).click()
  await expect(page.getByText('What would change').locator('..')).toContainText(
    '1 approval by Otto Brandt; backup: demouser after 2 hours',
  )
  await updateSettings(page)
  await expect(page.getByRole('main')).toContainText('1 approval by Priya Raman')
  await expect(page.getByRole('main')).toContainText('1 approval by Otto Brandt; backup: demouser after 2 hours')
  await expect(page.getByRole('main')).toContainText('Remind approvers after')
})

test('one stage after the other decides, and everybody sees whose turn it is', async ({ page, meanwhile, a11y }) => {
  await ask(page, 'A password in Finance')
  const stages = page.getByRole('table', { name: 'Approval stages' })
  await expect(stages.getByRole('row', { name: /^Stage 1 Priya Raman/ })).toContainText('Decides now')
  await a11y()

  const otto = await open(await meanwhile('auditor@stint.example'), page)
  await expect(otto.getByText('You decide in stage 2, after the stage before it has approved.')).toBeVisible()
  await expect(otto.getByRole('button', { name: 'Approve' })).toHaveCount(0)
  const priya = await open(await meanwhile('approver@stint.example'), page)
  await decide(priya, 'Finance knows of it')
  await expect(priya.getByText(/Priya Raman approved this request on/)).toBeVisible()

  // Without a reload.
  await expect(page.getByText('Stage 2 of 2. It was sent to Otto Brandt.')).toBeVisible({ timeout: 10_000 })
  await expect(stages.getByRole('row', { name: /^Stage 2 Otto Brandt/ })).toContainText('Decides now')
  await otto.goto('/approvals')
  await expect(otto.getByRole('row', { name: /Eli Novak/ })).toContainText('Activation, stage 2 of 2')
  await otto.getByRole('row', { name: /Eli Novak/ }).getByRole('link', { name: ROLE }).click()
  await decide(otto, 'So do we')
  await expect(otto.getByRole('row', { name: /^Priya Raman/ })).toContainText('Approved in stage 1')
  await expect(page.getByText(`${ROLE} is yours`)).toBeVisible({ timeout: 10_000 })
})

test('a backup approver decides when it has taken long, and not before', async ({ page, meanwhile, request }) => {
  await advanceClock(request, 2 * HOUR)
  await ask(page, 'Another one')
  await decide(await open(await meanwhile('approver@stint.example'), page), 'Yes')
  const backup = await open(await meanwhile('demouser@stint.example'), page)
  await expect(backup.getByText(/You are a backup approver: you can decide from/)).toBeVisible()
  await backup.goto('/approvals')
  await expect(backup.getByText('Nothing waits for your decision.')).toBeVisible()

  // Who does not decide is reminded, as long as nobody has.
  await advanceClock(request, 2 * HOUR)
  await findMail(await meanwhile('admin@stint.example'), 'auditor@stint.example', `PIM: Reminder: Eli Novak asks to activate ${ROLE}`)

  await backup.goto('/approvals')
  await backup.getByRole('row', { name: /Another one/ }).getByRole('link', { name: ROLE }).click()
  await decide(backup, 'Otto is away')
  await expect(backup.getByText('This request was approved')).toBeVisible()
})

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false })

  test('stages are set and taken away', async ({ page }) => {
    await signInToGuard(page, 'admin@stint.example')
    await editSettings(page, ROLE)
    const third = page.getByRole('textbox', { name: 'Stage 3: who approves' })
    await expect(third).toBeHidden()
    await page.getByRole('checkbox', { name: 'Require a third stage' }).check()
    await expect(third).toBeVisible()
    await page.getByRole('checkbox', { name: 'Require a second stage' }).uncheck()
    await page.getByRole('button', { name: 'Update' }).click()
    await expect(page.getByText('There is no stage without the one before it.')).toBeVisible()
    await page.getByRole('checkbox', { name: 'Require a third stage' }).uncheck()
    await page.getByRole('textbox', { name: 'Remind approvers after (hours)' }).fill('')
    await page.getByRole('checkbox', { name: 'Require approval to activate' }).uncheck()
    await updateSettings(page)
    await expect(page.getByRole('main')).not.toContainText('Stage 2')
  })
})
