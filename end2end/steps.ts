// What people do in many stories. A story whose point is one of these writes it out.

import { expect, type Locator, type Page } from '@playwright/test'
import { typeShownCode } from './authenticators'
import { advanceClock, signInAs } from './fixtures'

/** Signs in somebody who is about to change what guards others, and gives the second factor that this asks them for. */
export async function signInToGuard(page: Page, address: string): Promise<void> {
  await signInAs(page, address)
  // The code of the story before was used.
  await advanceClock(page.request, 30)
  await page.goto('/confirm?return_to=/my-roles')
  await typeShownCode(page)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page).toHaveURL(/\/my-roles$/)
}

/** Opens a role from the list of roles, on one of its tabs. */
export async function openRole(page: Page, role: string, tab: 'Assignments' | 'Settings' = 'Settings'): Promise<void> {
  await page.goto(`/roles?q=${encodeURIComponent(role)}`)
  await page.getByRole('main').getByRole('link', { name: role, exact: true }).click()
  await page.getByRole('main').getByRole('link', { name: tab, exact: true }).click()
}

/** Opens the form that changes a role's settings. */
export async function editSettings(page: Page, role: string): Promise<void> {
  await openRole(page, role)
  await page.getByRole('link', { name: 'Edit', exact: true }).click()
}

/** Sends that form, which is taken. */
export async function updateSettings(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Update' }).click()
  await expect(page).toHaveURL(/\/settings$/)
}

/** Opens the assigned roles of a user, who is found by what is searched for. */
export async function openAssignedRoles(page: Page, search: string, name = search): Promise<void> {
  await page.goto(`/users?q=${encodeURIComponent(search)}`)
  await page.getByRole('main').getByRole('link', { name }).first().click()
  await page.getByRole('link', { name: 'Assigned roles' }).click()
}

/** Chooses the role in the wizard *Add assignments*, which opens here, and goes on to its second tab. */
export async function addAssignment(page: Page, role: string): Promise<void> {
  await page.getByRole('link', { name: 'Add assignments' }).click()
  const choice = page.getByRole('combobox', { name: 'Select role' })
  // What is chosen goes into the address from the moment that the browser has taken the page over.
  await expect(async () => {
    await choice.fill('')
    await choice.fill(role)
    await choice.blur()
    await expect(page).toHaveURL((url) => url.searchParams.get('role') === role, { timeout: 1000 })
  }).toPass()
  await page.getByRole('button', { name: 'Next' }).click()
}

/** Opens the panel that activates a role, from My roles. */
export async function openActivation(page: Page, role: string): Promise<Locator> {
  await page.goto('/my-roles')
  await page.getByRole('link', { name: new RegExp(`^Activate ${role}`) }).first().click()
  const panel = page.getByRole('dialog', { name: `Activate - ${role}` })
  await expect(panel).toBeVisible()
  return panel
}

/** Activates a role for a reason. What comes of it is for the story to say. */
export async function activate(page: Page, role: string, reason: string, hours?: string): Promise<void> {
  const panel = await openActivation(page, role)
  if (hours) await panel.getByRole('spinbutton', { name: 'Duration (hours)' }).fill(hours)
  await panel.getByRole('textbox', { name: /Reason/ }).fill(reason)
  await panel.getByRole('button', { name: 'Activate' }).click()
}

/** Gives a role back, in My roles. */
export async function deactivate(page: Page, role: string): Promise<void> {
  await page.goto('/my-roles?tab=active')
  await page.getByRole('button', { name: `Deactivate ${role}` }).click()
  await page.getByRole('dialog', { name: `Deactivate ${role}?` }).getByRole('button', { name: 'Deactivate' }).click()
  await expect(page.getByRole('button', { name: `Deactivate ${role}` })).toBeHidden()
}

/** The mail to somebody under a subject with these words, once it is listed under Notifications. */
export async function findMail(administrator: Page, to: string, subject: string): Promise<Locator> {
  const mail = administrator.getByRole('row').filter({ hasText: to }).filter({ hasText: subject }).first()
  await expect(async () => {
    await administrator.goto('/notifications')
    await expect(mail).toBeVisible({ timeout: 1000 })
  }).toPass({ timeout: 20_000 })
  return mail
}
