// A second factor grows old while somebody fills a form in: on a server whose clock nobody else looks at.

import { codeOf, demoSecret, typeShownCode } from './authenticators'
import { advanceClock, expect, signInAs } from './fixtures'
import { test } from './server'
import { activate, deactivate, openActivation } from './steps'

const ROLE = 'Conditional Access Administrator'

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with script: ${javaScriptEnabled}`, () => {
    test.use({ javaScriptEnabled })

    test('a factor that was good when the panel opened is asked for again, and nothing typed is lost', async ({ page }) => {
      await advanceClock(page.request, 601)
      await signInAs(page, 'eli@stint.example')
      await page.goto('/confirm?return_to=/my-roles')
      await typeShownCode(page)
      await page.getByRole('button', { name: 'Continue' }).click()
      await expect(page).toHaveURL(/\/my-roles/)

      // Nine minutes later it counts.
      await advanceClock(page.request, 540)
      const panel = await openActivation(page, ROLE)
      await expect(panel.getByText('You gave one 9 minutes ago')).toBeVisible()
      await panel.getByRole('spinbutton', { name: 'Duration (hours)' }).fill('1.5')
      await panel.getByRole('textbox', { name: /Reason/ }).fill('A policy has to change')
      // Two minutes more, which the person spends over the form, and it does not.
      await advanceClock(page.request, 120)
      await panel.getByRole('button', { name: 'Activate' }).click()
      await expect(panel.getByText('Confirm that it is you', { exact: true })).toBeVisible()
      await expect(panel.getByText('You gave one 9 minutes ago')).toBeHidden()
      await expect(panel.getByRole('spinbutton', { name: 'Duration (hours)' })).toHaveValue('1.5')
      await expect(panel.getByRole('textbox', { name: /Reason/ })).toHaveValue('A policy has to change')

      await panel.getByRole('textbox', { name: 'Code' }).fill(await codeOf(page.request, demoSecret('eli@stint.example')))
      await panel.getByRole('button', { name: 'Activate' }).click()
      await expect(page.getByText('Activation completed successfully.')).toBeVisible()
      await deactivate(page, ROLE)

      // What was just given is enough for the next.
      await activate(page, ROLE, 'Once more')
      await expect(page.getByText('Activation completed successfully.')).toBeVisible()
      await deactivate(page, ROLE)
    })
  })
}
