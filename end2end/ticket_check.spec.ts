// A ticket system is asked before a role is turned on: it says yes, no in its own words, or nothing.

import type { Page } from '@playwright/test'
import { expect, signInAs } from './fixtures'
import { freePort, test as base } from './server'
import { deactivate, editSettings, openActivation, openRole, signInToGuard, updateSettings } from './steps'
import { TicketSystem } from './ticket_system'

const ROLE = 'User Administrator'
const SECRET = 'only the two of us know this'

const test = base.extend<object, { tickets: TicketSystem }>({
  tickets: [
    async ({}, use) => {
      const tickets = new TicketSystem(await freePort(), SECRET)
      await tickets.open()
      await use(tickets)
      await tickets.close()
    },
    { scope: 'worker' },
  ],
})

test.use({ stint: { env: { STINT_TICKET_CHECK_SECRET: SECRET } } })
test.describe.configure({ mode: 'serial' })

test.afterEach(({ tickets }) => {
  expect(tickets.strangers, 'who asked without the right signature').toEqual([])
})

/** Eli asks for the role with a ticket. */
async function activateWith(page: Page, ticket: string) {
  const panel = await openActivation(page, ROLE)
  await panel.getByRole('spinbutton', { name: 'Duration (hours)' }).fill('2')
  await panel.getByRole('textbox', { name: 'Ticket number' }).fill(ticket)
  await panel.getByRole('textbox', { name: 'Ticket system' }).fill('ServiceNow')
  await panel.getByRole('textbox', { name: /Reason/ }).fill(`Because of ${ticket}`)
  await panel.getByRole('button', { name: 'Activate' }).click()
  return panel
}

/** What the audit log says of a ticket, behind its *Details*. */
async function expectAudited(page: Page, activity: string, ticket: string, detail: string) {
  await signInAs(page, 'admin@stint.example')
  await page.goto('/audit')
  const row = page.getByRole('row', { name: activity }).filter({ hasText: `Because of ${ticket}` }).first()
  await row.getByText('Details').click()
  await expect(row).toContainText(`ServiceNow ${ticket}`)
  await expect(row).toContainText(detail)
}

test('an administrator names the system that knows the tickets', async ({ page, tickets, a11y }) => {
  await signInToGuard(page, 'admin@stint.example')
  await editSettings(page, ROLE)
  const address = page.getByRole('textbox', { name: 'Ticket check address' })
  await page.getByRole('checkbox', { name: 'Require ticket information on activation' }).check()
  await address.fill('http://itsm.contoso.example/check')
  await page.getByLabel('Seconds to answer').fill('1')
  await page.getByRole('button', { name: 'Update' }).click()
  await expect(page.getByText(/Give an address such as https:\/\/itsm.contoso.example\/check/)).toBeVisible()
  await expect(address).toHaveValue('http://itsm.contoso.example/check')
  await expect(page.getByLabel('Seconds to answer')).toHaveValue('1')
  await a11y()

  await address.fill(tickets.url)
  await updateSettings(page)
  await expect(page.getByRole('main')).toContainText(`${tickets.url}, 1 second; without an answer refuse`)
})

test('a ticket that the system knows turns the role on, and keeps it on', async ({ page, tickets }) => {
  tickets.says = { valid: true }
  await signInAs(page, 'eli@stint.example')
  await activateWith(page, 'INC0012345')
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()
  expect(tickets.questions).toMatchObject([
    {
      ticket: { system: 'ServiceNow', number: 'INC0012345' },
      action: 'activate',
      principal: { displayName: 'Eli Novak', userPrincipalName: 'eli@stint.example' },
      role: { displayName: ROLE },
      scope: '/',
      justification: 'Because of INC0012345',
    },
  ])

  await page.goto('/my-roles?tab=active')
  await page.getByRole('link', { name: `Extend ${ROLE}` }).click()
  await page.getByRole('textbox', { name: 'Ticket number' }).fill('INC0012346')
  await page.getByRole('textbox', { name: /Reason/ }).fill('More than I thought')
  await page.getByRole('button', { name: 'Extend', exact: true }).click()
  await expect(page.getByText('The activation was extended.')).toBeVisible()
  expect(tickets.questions.slice(1)).toMatchObject([{ ticket: { number: 'INC0012346' }, action: 'extend' }])
  await deactivate(page, ROLE)
  await expectAudited(page, 'Check ticket in PIM completed', 'INC0012345', '127.0.0.1 says that the ticket is valid')
})

test('a ticket that it refuses is refused in its words, and the form is kept', async ({ page, tickets, a11y }) => {
  tickets.says = { valid: false, message: 'INC0099999 was closed <b>yesterday</b>.' }
  await signInAs(page, 'eli@stint.example')
  const panel = await activateWith(page, 'INC0099999')
  const words = 'The ticket system does not accept this ticket: INC0099999 was closed <b>yesterday</b>.'
  await expect(panel.getByText(words)).toBeVisible()
  const number = panel.getByRole('textbox', { name: 'Ticket number' })
  await expect(number).toHaveAccessibleDescription(words)
  await expect(number).toHaveValue('INC0099999')
  await expect(panel.getByRole('textbox', { name: /Reason/ })).toHaveValue('Because of INC0099999')
  await a11y()

  // Another ticket, in the same form.
  tickets.says = { valid: true }
  await number.fill('INC0012347')
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()
  await deactivate(page, ROLE)
  await expectAudited(page, 'Check ticket in PIM refused', 'INC0099999', 'INC0099999 was closed <b>yesterday</b>.')
})

test('where it says nothing, or nonsense, the settings say what happens', async ({ page, tickets }) => {
  for (const silence of [undefined, 'nonsense']) {
    tickets.says = silence
    await signInAs(page, 'eli@stint.example')
    const panel = await activateWith(page, 'INC0012348')
    await expect(panel.getByText(/The ticket could not be checked, and this role's settings ask for that/)).toBeVisible()
    await expect(panel.getByRole('textbox', { name: 'Ticket number' })).toHaveValue('INC0012348')
  }
  await page.goto('/my-roles?tab=active')
  await expect(page.getByText('No results')).toBeVisible()
  await expectAudited(page, 'Check ticket in PIM refused', 'INC0012348', 'Not checked and refused')

  await signInToGuard(page, 'admin@stint.example')
  await editSettings(page, ROLE)
  await page.getByLabel('Without an answer').selectOption({ label: 'Let it through and note that in the audit log' })
  await updateSettings(page)
  tickets.says = undefined
  await signInAs(page, 'eli@stint.example')
  await activateWith(page, 'INC0012349')
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()
  await deactivate(page, ROLE)
  await expectAudited(page, 'Check ticket in PIM completed', 'INC0012349', 'Not checked and let through')
})

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false })

  test('a refused ticket is told at its field too', async ({ page, tickets }) => {
    tickets.says = { valid: false }
    await signInAs(page, 'eli@stint.example')
    const panel = await activateWith(page, 'INC0099998')
    await expect(panel.getByText('The ticket system does not accept this ticket: it is not valid')).toBeVisible()
    await expect(panel.getByRole('textbox', { name: 'Ticket number' })).toHaveValue('INC0099998')
    tickets.says = { valid: true }
    await panel.getByRole('button', { name: 'Activate' }).click()
    await expect(page.getByText('Activation completed successfully.')).toBeVisible()
  })

  test('an administrator takes the system away again', async ({ page, tickets }) => {
    const asked = tickets.questions.length
    await signInToGuard(page, 'admin@stint.example')
    await editSettings(page, ROLE)
    await page.getByRole('textbox', { name: 'Ticket check address' }).fill('')
    await updateSettings(page)
    await openRole(page, ROLE)
    await expect(page.getByRole('main')).not.toContainText(tickets.url)
    await signInAs(page, 'eli@stint.example')
    await deactivate(page, ROLE)
    await activateWith(page, 'INC0012350')
    await expect(page.getByText('Activation completed successfully.')).toBeVisible()
    expect(tickets.questions).toHaveLength(asked)
  })
})
