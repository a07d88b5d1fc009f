// An approver goes on holiday: a colleague decides in their place, and it says so wherever it is shown.

import { typeShownCode } from './authenticators'
import { expect, signInAs, test } from './fixtures'
import { activate, findMail } from './steps'

const ROLE = 'Application Administrator'

test('an approver goes on holiday', async ({ page, meanwhile, a11y }) => {
  await signInAs(page, 'approver@stint.example')
  await page.goto('/approvals')
  await page.getByRole('link', { name: 'My substitute' }).click()
  await expect(page.getByRole('heading', { name: 'My substitute' })).toBeVisible()
  await a11y()

  // What is wrong is said at the field, and what was typed stays.
  await page.getByRole('textbox', { name: 'Substitute' }).fill('nobody.of.this.name@stint.example')
  await page.getByRole('textbox', { name: 'Reason' }).fill('A week in the mountains')
  await page.getByRole('button', { name: 'Name substitute' }).click()
  await expect(page.getByText('There is no user “nobody.of.this.name@stint.example”.')).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Reason' })).toHaveValue('A week in the mountains')
  await page.getByRole('textbox', { name: 'Substitute' }).fill('auditor@stint.example')
  await page.getByRole('button', { name: 'Name substitute' }).click()
  // Who hands the seat on shows who they are.
  await expect(page.getByRole('heading', { name: 'Confirm that it is you' })).toBeVisible()
  await typeShownCode(page)
  await page.getByRole('button', { name: 'Continue' }).click()
  const named = page.getByRole('table', { name: 'Who stands in for you' }).getByRole('row', { name: /A week in the mountains/ })
  await expect(named).toContainText('Now')
  // Of what is over by then no mail would tell.
  await findMail(await meanwhile('admin@stint.example'), 'auditor@stint.example', 'PIM: you stand in for Priya Raman')

  // Somebody asks.
  const asking = await meanwhile('eli@stint.example')
  await activate(asking, ROLE, 'Certificates while Priya is away')
  await expect(asking).toHaveURL(/\/my-requests\//)

  // The colleague finds it, decides, and it says for whom.
  const colleague = await meanwhile('auditor@stint.example')
  await colleague.goto('/approvals?sort=newest&q=eli')
  const row = colleague.getByRole('row', { name: /Certificates while Priya is away/ })
  await expect(row).toContainText('for Priya Raman')
  await row.getByRole('link', { name: ROLE }).click()
  await expect(colleague.getByText('In the place of Priya Raman')).toBeVisible()
  await colleague.getByRole('textbox', { name: /Justification/ }).fill('As Priya would')
  await colleague.getByRole('button', { name: 'Approve' }).click()
  await expect(colleague.getByRole('table', { name: 'Decisions' })).toContainText('for Priya Raman')
  await asking.getByText(`${ROLE} is yours`).waitFor()

  // Back from the mountains, at once.
  await named.getByRole('button', { name: /^End / }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End' }).click()
  await expect(page.getByRole('row', { name: /A week in the mountains/ })).toContainText('Ended')
  await colleague.goto('/approvals/substitute')
  await expect(colleague.getByRole('table', { name: 'For whom you stand in' })).toHaveCount(0)
  await expect(colleague.getByRole('button', { name: 'Name substitute' })).toHaveAttribute('aria-disabled', 'true')

  await signInAs(page, 'admin@stint.example')
  await page.goto('/audit')
  await expect(page.getByRole('row', { name: /Add substitute approver in PIM/ }).first()).toBeVisible()
})
