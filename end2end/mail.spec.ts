// Mail goes through a mail server: who is asked reads it there, and decides from its link.

import type { Page } from '@playwright/test'
import { typeShownCode } from './authenticators'
import { advanceClock, expect, expectNothingSticksOut, PHONE, signInAs } from './fixtures'
import type { Mail, Mailbox } from './mailbox'
import { test } from './server'
import { activate, addAssignment, editSettings, openActivation, openAssignedRoles, signInToGuard, updateSettings } from './steps'

test.describe.configure({ mode: 'serial' })

const ROLE = 'Groups Administrator'

/** The mail for somebody under a subject, about the request that gives this reason, once it is there. */
async function mailFor(mailbox: Mailbox, address: string, subject: string, reason: string): Promise<Mail> {
  const found = () => mailbox.to(address, subject).find(({ text }) => text.includes(reason))
  await expect(() => expect(found()).toBeDefined()).toPass({ timeout: 10_000 })
  return found()!
}

/** Eli asks for the role; the page that opens waits. */
async function ask(page: Page, reason: string) {
  await signInAs(page, 'eli@stint.example')
  await activate(page, ROLE, reason, '1')
  await expect(page.getByText('Your request waits for approval')).toBeVisible()
}

/** Opens a mail's link on a phone where nobody is signed in, and signs in there. */
async function follow(phone: Page, mail: Mail, address: string): Promise<Page> {
  await phone.goto(mail.link)
  await expect(phone).toHaveURL(/\/sign-in\?return_to=/)
  await phone.getByRole('button', { name: new RegExp(address) }).click()
  await expect(phone).toHaveURL(mail.link)
  return phone
}

test('approval is set up, and from then on who approves is asked by mail', async ({ page, anotherBrowser, mailbox, a11y }) => {
  await signInToGuard(page, 'admin@stint.example')
  await editSettings(page, ROLE)
  await page.getByRole('checkbox', { name: 'Require approval to activate' }).check()
  await page.getByRole('textbox', { name: 'Add approvers' }).fill('approver@stint.example; admin@stint.example')
  await updateSettings(page)
  await expect(page.getByRole('main')).toContainText('Ada Admin, Priya Raman')

  const reason = 'The autumn groups <b>are</b> due'
  await ask(page, reason)
  const asked = await mailFor(mailbox, 'approver@stint.example', `Eli Novak asks to activate ${ROLE}`, reason)
  expect(asked.subject).toMatch(/^PIM: /)
  expect(asked.text).toContain(asked.link)
  expect(asked.html).toContain('The autumn groups &lt;b&gt;are&lt;/b&gt; due')

  // A scanner that opens every link, signed out and signed in, decides nothing.
  expect((await page.request.get(asked.link)).status()).toBeLessThan(500)

  const phone = await follow(await anotherBrowser({ viewport: PHONE }), asked, 'approver@stint.example')
  await expect(phone.getByText(reason)).toBeVisible()
  await expectNothingSticksOut(phone)
  await a11y(phone)
  await phone.screenshot({ path: test.info().outputPath('approval-on-a-phone.png'), fullPage: true })
  await phone.getByRole('textbox', { name: 'Justification' }).fill('Go ahead')
  await phone.getByRole('button', { name: 'Approve' }).click()
  await expect(phone.getByText('This request was approved')).toBeVisible()

  // The page of who waits becomes active by itself.
  await expect(page.getByText(`${ROLE} is yours`)).toBeVisible({ timeout: 10_000 })
  await a11y()

  // Whoever was asked too is told that it is done, in the same thread, and so is who asked.
  const handled = await mailFor(mailbox, 'admin@stint.example', 'was approved', reason)
  expect(handled.text).toContain('Priya Raman approved it')
  const told = await mailFor(mailbox, 'eli@stint.example', 'was approved', reason)
  expect(handled.references).toBe(asked.references)
  expect(told.references).toBe(asked.references)
  expect(asked.references).not.toBe('')
})

test('two look at the same request: the first decides, the second is told who did', async ({
  page,
  anotherBrowser,
  mailbox,
  request,
}) => {
  await advanceClock(request, 2 * 3600)
  const reason = 'Both of you look'
  await ask(page, reason)
  const opened = async (address: string, javaScriptEnabled: boolean) => {
    const phone = await anotherBrowser({ viewport: PHONE, javaScriptEnabled })
    return follow(phone, await mailFor(mailbox, address, 'asks to activate', reason), address)
  }
  const one = await opened('approver@stint.example', true)
  const two = await opened('admin@stint.example', false)
  await two.getByRole('textbox', { name: 'Justification' }).fill('Too late')
  await one.getByRole('textbox', { name: 'Justification' }).fill('Not today')
  await one.getByRole('button', { name: 'Deny' }).click()
  await expect(one.getByText('This request was denied')).toBeVisible()
  await two.getByRole('button', { name: 'Approve' }).click()
  await expect(two.getByRole('main')).toContainText(/Priya Raman denied/)
  await expect(page.getByText('This request was denied')).toBeVisible({ timeout: 10_000 })
})

test('while the mail server is away nothing waits for it, and then everything comes once', async ({
  page,
  meanwhile,
  mailbox,
  request,
}) => {
  await mailbox.close()
  const before = mailbox.mails.length
  const reason = 'Nobody can be told'
  await ask(page, reason)
  const administrator = await meanwhile('admin@stint.example')
  const row = administrator.getByRole('row').filter({ hasText: 'approver@stint.example' }).filter({ hasText: 'asks to activate' })
  await expect(async () => {
    await administrator.goto('/notifications')
    await expect(row.first()).toContainText(/On its way.*refused/is, { timeout: 1000 })
  }).toPass({ timeout: 15_000 })
  expect(mailbox.mails).toHaveLength(before)

  await mailbox.open()
  await advanceClock(request, 3600)
  const asked = await mailFor(mailbox, 'approver@stint.example', 'asks to activate', reason)
  await advanceClock(request, 3600)
  const again = mailbox.mails.filter(({ to, text }) => to === asked.to && text.includes(reason))
  expect(again).toHaveLength(1)
})

test('two approvals, one hour, a second factor and a ticket: one form sets it up, and mail makes it work', async ({
  page,
  anotherBrowser,
  mailbox,
  request,
}) => {
  const role = 'Global Administrator'
  await signInToGuard(page, 'admin@stint.example')
  const begun = Date.now()
  await editSettings(page, role)
  await page.getByRole('spinbutton', { name: 'Activation maximum duration (hours)' }).fill('1')
  await page.getByLabel('On activation, require').selectOption({ label: 'Multifactor authentication' })
  await page.getByRole('checkbox', { name: 'Require ticket information on activation' }).check()
  await page.getByRole('checkbox', { name: 'Require approval to activate' }).check()
  await page.getByRole('textbox', { name: 'Approvals needed' }).first().fill('2')
  await updateSettings(page)
  await openAssignedRoles(page, 'Eli Novak')
  await addAssignment(page, role)
  await page.getByRole('button', { name: 'Assign' }).click()
  await expect(page).toHaveURL(/assigned-roles/)
  expect(Date.now() - begun, 'two minutes are enough').toBeLessThan(120_000)

  await signInAs(page, 'eli@stint.example')
  const panel = await openActivation(page, role)
  await panel.getByRole('textbox', { name: 'Ticket number' }).fill('CHG-4711')
  const reason = 'The tenant is locked out'
  await panel.getByRole('textbox', { name: /Reason/ }).fill(reason)
  await typeShownCode(page)
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText('Your request waits for approval')).toBeVisible()

  for (const address of ['approver@stint.example', 'admin@stint.example']) {
    const asked = await mailFor(mailbox, address, `Eli Novak asks to activate ${role}`, reason)
    expect(asked.text).toContain('CHG-4711')
    const phone = await follow(await anotherBrowser({ viewport: PHONE }), asked, address)
    await phone.getByRole('textbox', { name: 'Justification' }).fill('Seen the ticket')
    await phone.getByRole('button', { name: 'Approve' }).click()
    await expect(phone.getByRole('table', { name: 'Decisions' })).toContainText('Seen the ticket')
  }
  await expect(page.getByText(`${role} is yours`)).toBeVisible({ timeout: 10_000 })
  await advanceClock(request, 61 * 60)
  await signInAs(page, 'eli@stint.example')
  await page.goto('/my-roles?tab=expired')
  await expect(page.getByRole('row', { name: new RegExp(role) })).toContainText('Expired')
})
