// The main job, end to end: made eligible in the wizard, activated in My roles, able to work, and it ends by itself.

import type { Page } from '@playwright/test'
import { advanceClock, expect, signInAs, test } from './fixtures'
import { activate, addAssignment, deactivate, openActivation, openAssignedRoles } from './steps'

test.describe.configure({ mode: 'serial' })

function newUser(page: Page) {
  return page.getByRole('link', { name: 'New user' }).or(page.getByRole('button', { name: 'New user' }))
}

test('without a role a user sees why New user is not for them, and is refused', async ({ page, request }) => {
  await signInAs(page, 'demouser@stint.example')
  await page.getByRole('link', { name: 'Users', exact: true }).first().click()
  await expect(page.getByRole('table', { name: 'Users' })).toContainText('demouser@stint.example')

  await expect(newUser(page)).toHaveAttribute('aria-disabled', 'true')
  await expect(newUser(page)).toHaveAccessibleDescription(/User Administrator.*My roles/)

  const cookies = await page.context().cookies()
  const refused = await request.post('/api/create_user', {
    headers: { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') },
    form: { user_name: 'mallory@stint.example', display_name: 'Mallory' },
  })
  expect(refused.status()).toBe(403)
  expect(await refused.text()).toContain('User Administrator')
})

test('an administrator makes the user eligible in the wizard', async ({ page }) => {
  await signInAs(page, 'admin@stint.example')
  await page.goto('/users')
  await page.getByRole('searchbox', { name: 'Search users' }).fill('demouser')
  await page.getByRole('main').getByRole('button', { name: 'Search' }).click()
  await page.getByRole('link', { name: 'demouser' }).first().click()
  await page.getByRole('link', { name: 'Assigned roles' }).click()
  await expect(page.getByText('No results')).toBeVisible()

  await page.getByRole('link', { name: 'Add assignments' }).click()
  await expect(page.getByText('1 member selected')).toBeVisible()
  await page.getByRole('combobox', { name: 'Select role' }).fill('User Administrator')
  await page.getByRole('combobox', { name: 'Select role' }).blur()
  await expect(page).toHaveURL(/role=User\+Administrator/)
  await page.getByRole('button', { name: 'Next' }).click()

  await expect(page.getByText('Maximum allowed eligible duration is permanent.')).toBeVisible()
  await expect(page.getByRole('checkbox', { name: 'Permanently eligible' })).toBeChecked()

  // Previous, reload and Next lose nothing.
  await page.getByRole('button', { name: 'Previous' }).click()
  await expect(page.getByRole('combobox', { name: 'Select role' })).toHaveValue('User Administrator')
  await page.reload()
  await expect(page.getByText('1 member selected')).toBeVisible()
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('button', { name: 'Assign' }).click()

  await expect(page).toHaveURL(/assigned-roles/)
  const row = page.getByRole('row', { name: /User Administrator/ })
  await expect(row).toContainText('Directory')
  await expect(row).toContainText('Direct')
  await expect(row).toContainText('Permanent')
  await expect(row.getByRole('link', { name: /Update/ })).toBeVisible()
})

test('wrong input keeps everything typed and says what to change', async ({ page }) => {
  await signInAs(page, 'admin@stint.example')
  await openAssignedRoles(page, 'demouser')
  await addAssignment(page, 'User Administrator')
  await page.getByRole('textbox', { name: 'Justification' }).fill('The same once more')
  await page.getByRole('button', { name: 'Assign' }).click()

  await expect(page.getByText('demouser already has an eligible assignment of this role')).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Justification' })).toHaveValue('The same once more')

  await page.getByRole('checkbox', { name: 'Permanently eligible' }).uncheck()
  await page.getByLabel('Assignment starts').fill('2031-01-02T10:00')
  await page.getByLabel('Assignment ends').fill('2031-01-01T10:00')
  await page.getByRole('button', { name: 'Assign' }).click()
  await expect(page.getByText('The end must be after the start.')).toBeVisible()
  await expect(page.getByLabel('Assignment ends')).toHaveValue('2031-01-01T10:00')
  await expect(page.getByRole('textbox', { name: 'Justification' })).toHaveValue('The same once more')
})

test('the assignment is updated where it stands', async ({ page }) => {
  await signInAs(page, 'admin@stint.example')
  await openAssignedRoles(page, 'demouser')
  const row = page.getByRole('row', { name: /User Administrator/ })
  await row.getByRole('link', { name: /Update/ }).click()
  await page.getByRole('checkbox', { name: 'Permanently eligible' }).uncheck()
  await page.getByLabel('Assignment ends').fill('2031-01-01T10:00')
  await page.getByRole('textbox', { name: 'Justification' }).fill('Until the contract ends')
  await page.getByRole('button', { name: 'Save' }).click()

  await expect(page.getByText('The assignment was updated.')).toBeVisible()
  await expect(page).toHaveURL(/assigned-roles/)
  await expect(row).toContainText('1 Jan 2031')
  await page.getByRole('main').getByRole('link', { name: 'Audit logs' }).click()
  await expect(page.getByRole('row', { name: /Until the contract ends/ })).toContainText('User Administrator')
})

test('the user activates, sees the stages, works, and gives the role back', async ({ page }) => {
  await signInAs(page, 'demouser@stint.example')
  await page.getByRole('navigation').getByRole('link', { name: 'My roles' }).click()
  await page.getByRole('link', { name: 'Activate User Administrator' }).click()

  const panel = page.getByRole('dialog', { name: 'Activate - User Administrator' })
  await expect(panel).toBeVisible()
  await expect(panel.getByRole('spinbutton', { name: 'Duration (hours)' })).toHaveValue('8')
  await expect(panel.getByRole('checkbox', { name: 'Custom activation start time' })).not.toBeChecked()

  // A reason is asked for, and nothing typed is lost.
  await panel.getByRole('spinbutton', { name: 'Duration (hours)' }).fill('1.5')
  await panel.getByRole('textbox', { name: /Reason/ }).fill('   ')
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(panel.getByText("This role's settings ask for a reason.")).toBeVisible()
  await expect(panel.getByRole('spinbutton', { name: 'Duration (hours)' })).toHaveValue('1.5')
  await panel.getByRole('textbox', { name: /Reason/ }).fill('New colleague starts today')
  await panel.getByRole('button', { name: 'Activate' }).click()

  await expect(page).toHaveURL(/status/)
  await expect(page.getByText('Stage 3')).toBeVisible()
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()
  await expect(page.getByText(/Refresh in \d second/)).toBeVisible()
  await expect(page).toHaveURL(/my-roles\?tab=active/, { timeout: 10_000 })
  await expect(page.getByRole('row', { name: /User Administrator/ })).toContainText('Activated')

  // Work.
  await page.goto('/users')
  await page.getByRole('link', { name: 'New user' }).click()
  await page.getByRole('textbox', { name: 'User principal name' }).fill('nadia@stint.example')
  await page.getByRole('textbox', { name: 'Display name' }).fill('Nadia Lund')
  await page.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByText('Nadia Lund was created')).toBeVisible()
  await page.getByRole('link', { name: 'Open the user' }).click()
  await page.getByRole('link', { name: 'Edit' }).click()
  await page.getByRole('textbox', { name: 'Job title' }).fill('Analyst')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('main')).toContainText('Analyst')
  await page.getByRole('button', { name: 'Reset password' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Reset password' }).click()
  await expect(page.getByText(/shown this once|shown once/)).toBeVisible()

  // Everything is in the audit.
  await page.goto('/my-audit-history')
  for (const activity of ['Reset user password', 'Update user', 'Add user', 'Add member to role completed (PIM activation)']) {
    await expect(page.getByRole('row', { name: activity }).first()).toBeVisible()
  }
  await expect(page.getByRole('main')).toContainText('New colleague starts today')

  // Deactivate.
  await deactivate(page, 'User Administrator')
  await expect(page.getByText('No results')).toBeVisible()
  await page.goto('/users')
  await expect(page.getByText('New user').first()).toBeVisible()
  await expect(newUser(page)).toHaveAttribute('aria-disabled', 'true')
})

test('an activation ends by itself, a future one waits, and history stays', async ({ page, request }) => {
  await signInAs(page, 'demouser@stint.example')
  await activate(page, 'User Administrator', 'Half an hour is enough', '0.5')
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()

  await advanceClock(request, 31 * 60)
  await page.goto('/users')
  await expect(newUser(page)).toHaveAttribute('aria-disabled', 'true')
  await page.goto('/my-roles')
  await page.getByRole('main').getByRole('link', { name: 'Expired assignments' }).click()
  await expect(page.getByRole('row', { name: /User Administrator/ })).toHaveCount(2)

  const panel = await openActivation(page, 'User Administrator')
  await panel.getByRole('checkbox', { name: 'Custom activation start time' }).check()
  const start = panel.getByLabel('Activation starts')
  const now = new Date(`${await start.inputValue()}Z`)
  await start.fill(new Date(now.getTime() + 60 * 60_000).toISOString().slice(0, 16))
  await panel.getByRole('spinbutton', { name: 'Duration (hours)' }).fill('0.5')
  await panel.getByRole('textbox', { name: /Reason/ }).fill('For the meeting in an hour')
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText('User Administrator becomes active later')).toBeVisible()
  await page.goto('/users')
  await expect(newUser(page)).toHaveAttribute('aria-disabled', 'true')

  await advanceClock(request, 61 * 60)
  await page.goto('/users')
  await expect(newUser(page)).not.toHaveAttribute('aria-disabled')
  await page.goto('/my-roles?tab=active')
  await expect(page.getByRole('row', { name: /User Administrator/ })).toContainText('Activated')
  await advanceClock(request, 31 * 60)
})

test('removing the eligibility ends the activation', async ({ page, meanwhile }) => {
  await signInAs(page, 'demouser@stint.example')
  await activate(page, 'User Administrator', 'One last time')
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()

  const admin = await meanwhile('admin@stint.example')
  await openAssignedRoles(admin, 'demouser')
  await admin.getByRole('row', { name: /User Administrator/ }).getByRole('button', { name: /Remove/ }).click()
  await admin.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(admin.getByText('No results')).toBeVisible()

  await page.goto('/my-roles?tab=active')
  await expect(page.getByText('No results')).toBeVisible()
  await page.goto('/users')
  await expect(newUser(page)).toHaveAttribute('aria-disabled', 'true')
})
