// Mail goes through a mail server: who is asked reads it there, and decides from its link.

import AxeBuilder from '@axe-core/playwright'
import type { Browser, Page } from '@playwright/test'
import { advanceClock, expect, signInAs, test as base } from './fixtures'
import { Mailbox, type Mail } from './mailbox'
import { freePort, Server } from './server'

const test = base.extend<object, { mailbox: Mailbox; server: Server }>({
  mailbox: [
    async ({}, use) => {
      const mailbox = new Mailbox(await freePort())
      await mailbox.open()
      await use(mailbox)
      await mailbox.close()
    },
    { scope: 'worker' },
  ],
  server: [
    async ({ mailbox }, use) => {
      const server = await Server.start({
        env: { STINT_SMTP_URL: `smtp://127.0.0.1:${mailbox.port}`, STINT_MAIL_FROM: 'Stint <pim@stint.example>' },
      })
      await use(server)
      await server.end()
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ server }, use) => use(server.url),
})

test.describe.configure({ mode: 'serial' })

const ROLE = 'Groups Administrator'
const PHONE = { width: 390, height: 844 }

/** The mail for somebody under a subject, about the request that gives this reason, once it is there. */
async function mailFor(mailbox: Mailbox, address: string, subject: string, reason: string): Promise<Mail> {
  const found = () => mailbox.to(address, subject).find(({ text }) => text.includes(reason))
  await expect(() => expect(found()).toBeDefined()).toPass({ timeout: 10_000 })
  return found()!
}

/** Eli asks for the role; the page that opens waits. */
async function ask(page: Page, reason: string) {
  await signInAs(page, 'eli@stint.example')
  await page.goto('/my-roles')
  await page.getByRole('link', { name: `Activate ${ROLE}` }).first().click()
  const panel = page.getByRole('dialog', { name: `Activate - ${ROLE}` })
  await panel.getByRole('spinbutton', { name: 'Duration (hours)' }).fill('1')
  await panel.getByRole('textbox', { name: /Reason/ }).fill(reason)
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText('Your request waits for approval')).toBeVisible()
}

/** Opens a mail's link in a browser of its own, signed out, and signs in there. */
async function follow(browser: Browser, mail: Mail, address: string, javaScriptEnabled = true): Promise<Page> {
  const context = await browser.newContext({ viewport: PHONE, javaScriptEnabled })
  const page = await context.newPage()
  await page.goto(mail.link)
  await expect(page).toHaveURL(/\/sign-in\?return_to=/)
  await page.getByRole('button', { name: new RegExp(address) }).click()
  await expect(page).toHaveURL(mail.link)
  return page
}

test('approval is set up, and from then on who approves is asked by mail', async ({ page, browser, mailbox, a11y }) => {
  await signInAs(page, 'admin@stint.example')
  await page.goto(`/roles?q=${encodeURIComponent(ROLE)}`)
  await page.getByRole('main').getByRole('link', { name: ROLE, exact: true }).click()
  await page.getByRole('main').getByRole('link', { name: 'Settings', exact: true }).click()
  await page.getByRole('link', { name: 'Edit', exact: true }).click()
  await page.getByRole('checkbox', { name: 'Require approval to activate' }).check()
  await page.getByRole('textbox', { name: 'Add approver(s)' }).fill('approver@stint.example; admin@stint.example')
  await page.getByRole('button', { name: 'Update' }).click()
  await expect(page).toHaveURL(/\/settings$/)
  await expect(page.getByRole('main')).toContainText('Ada Admin, Priya Raman')

  const reason = 'The autumn groups <b>are</b> due'
  await ask(page, reason)
  const asked = await mailFor(mailbox, 'approver@stint.example', `Eli Novak asks to activate ${ROLE}`, reason)
  expect(asked.subject).toMatch(/^PIM: /)
  expect(asked.text).toContain(asked.link)
  expect(asked.html).toContain('The autumn groups &lt;b&gt;are&lt;/b&gt; due')

  // A scanner that opens every link, signed out and signed in, decides nothing.
  expect((await page.request.get(asked.link)).status()).toBeLessThan(500)

  const phone = await follow(browser, asked, 'approver@stint.example')
  await expect(phone.getByText(reason)).toBeVisible()
  const width = await phone.evaluate(() => document.documentElement.scrollWidth)
  expect(width, 'nothing is wider than the phone').toBeLessThanOrEqual(PHONE.width)
  const { violations } = await new AxeBuilder({ page: phone }).analyze()
  expect(violations.map(({ help, nodes }) => `${help}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
  await phone.screenshot({ path: test.info().outputPath('approval-on-a-phone.png'), fullPage: true })
  await phone.getByRole('textbox', { name: 'Justification' }).fill('Go ahead')
  await phone.getByRole('button', { name: 'Approve' }).click()
  await expect(phone.getByText('This request was approved')).toBeVisible()
  await phone.context().close()

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
  browser,
  mailbox,
  request,
}) => {
  await advanceClock(request, 2 * 3600)
  const reason = 'Both of you look'
  await ask(page, reason)
  const opened = async (address: string, javaScriptEnabled: boolean) =>
    follow(browser, await mailFor(mailbox, address, 'asks to activate', reason), address, javaScriptEnabled)
  const one = await opened('approver@stint.example', true)
  const two = await opened('admin@stint.example', false)
  await two.getByRole('textbox', { name: 'Justification' }).fill('Too late')
  await one.getByRole('textbox', { name: 'Justification' }).fill('Not today')
  await one.getByRole('button', { name: 'Deny' }).click()
  await expect(one.getByText('This request was denied')).toBeVisible()
  await two.getByRole('button', { name: 'Approve' }).click()
  await expect(two.getByRole('main')).toContainText(/Priya Raman denied/)
  await expect(page.getByText('This request was denied')).toBeVisible({ timeout: 10_000 })
  await one.context().close()
  await two.context().close()
})

test('while the mail server is away nothing waits for it, and then everything comes once', async ({
  page,
  browser,
  mailbox,
  request,
}) => {
  await mailbox.close()
  const before = mailbox.mails.length
  const reason = 'Nobody can be told'
  await ask(page, reason)
  const administrator = await (await browser.newContext()).newPage()
  await signInAs(administrator, 'admin@stint.example')
  const row = administrator.getByRole('row').filter({ hasText: 'approver@stint.example' }).filter({ hasText: 'asks to activate' })
  await expect(async () => {
    await administrator.goto('/notifications')
    await expect(row.first()).toContainText(/On its way.*refused/is, { timeout: 1000 })
  }).toPass({ timeout: 15_000 })
  await administrator.context().close()
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
  browser,
  mailbox,
  request,
}) => {
  const role = 'Global Administrator'
  await signInAs(page, 'admin@stint.example')
  const begun = Date.now()
  await page.goto(`/roles?q=${encodeURIComponent(role)}`)
  await page.getByRole('main').getByRole('link', { name: role, exact: true }).click()
  await page.getByRole('main').getByRole('link', { name: 'Settings', exact: true }).click()
  await page.getByRole('link', { name: 'Edit', exact: true }).click()
  await page.getByRole('spinbutton', { name: 'Activation maximum duration (hours)' }).fill('1')
  await page.getByLabel('On activation, require').selectOption({ label: 'Multifactor authentication' })
  await page.getByRole('checkbox', { name: 'Require ticket information on activation' }).check()
  await page.getByRole('checkbox', { name: 'Require approval to activate' }).check()
  await page.getByRole('textbox', { name: 'Approvals needed' }).first().fill('2')
  await page.getByRole('button', { name: 'Update' }).click()
  await expect(page).toHaveURL(/\/settings$/)
  await page.goto('/users?q=eli')
  await page.getByRole('main').getByRole('link', { name: 'Eli Novak' }).first().click()
  await page.getByRole('link', { name: 'Assigned roles' }).click()
  await page.getByRole('link', { name: 'Add assignments' }).click()
  await page.getByRole('combobox', { name: 'Select role' }).fill(role)
  await page.getByRole('combobox', { name: 'Select role' }).blur()
  await expect(page).toHaveURL(/role=Global\+Administrator/)
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('button', { name: 'Assign' }).click()
  await expect(page).toHaveURL(/assigned-roles/)
  expect(Date.now() - begun, 'two minutes are enough').toBeLessThan(120_000)

  await signInAs(page, 'eli@stint.example')
  await page.goto('/my-roles')
  await page.getByRole('link', { name: `Activate ${role}` }).click()
  const panel = page.getByRole('dialog', { name: `Activate - ${role}` })
  await panel.getByRole('textbox', { name: 'Ticket number' }).fill('CHG-4711')
  const reason = 'The tenant is locked out'
  await panel.getByRole('textbox', { name: /Reason/ }).fill(reason)
  const hint = await panel.getByText(/In this demo the app would show \d{6}/).innerText()
  await panel.getByRole('textbox', { name: 'Code' }).fill(/\d{6}/.exec(hint)![0])
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText('Your request waits for approval')).toBeVisible()

  for (const address of ['approver@stint.example', 'admin@stint.example']) {
    const asked = await mailFor(mailbox, address, `Eli Novak asks to activate ${role}`, reason)
    expect(asked.text).toContain('CHG-4711')
    const phone = await follow(browser, asked, address)
    await phone.getByRole('textbox', { name: 'Justification' }).fill('Seen the ticket')
    await phone.getByRole('button', { name: 'Approve' }).click()
    await expect(phone.getByRole('table', { name: 'Decisions' })).toContainText('Seen the ticket')
    await phone.context().close()
  }
  await expect(page.getByText(`${role} is yours`)).toBeVisible({ timeout: 10_000 })
  await advanceClock(request, 61 * 60)
  await signInAs(page, 'eli@stint.example')
  await page.goto('/my-roles?tab=expired')
  await expect(page.getByRole('row', { name: new RegExp(role) })).toContainText('Expired')
})
