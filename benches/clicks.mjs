// How long a person waits, in a browser, on the demo: prints a sentence for each.
//
//     node benches/clicks.mjs target/release/stint target/site

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from '@playwright/test'

const [program, site] = process.argv.slice(2)
const TIMES = 12

const port = await freePort()
const base = `http://127.0.0.1:${port}`
const directory = mkdtempSync(join(tmpdir(), 'stint-clicks.'))
const server = spawn(
  program,
  ['serve', '--demo', '--listen', `127.0.0.1:${port}`, '--site', site, '--database-url', `sqlite:${directory}/stint.db`],
  { stdio: 'ignore', env: { ...process.env, STINT_LOG: 'warn' } },
)
try {
  while (!(await fetch(`${base}/sign-in`).catch(() => undefined))?.ok) await pause(50)
  const browser = await chromium.launch({
    executablePath: process.env.STINT_CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  const eli = await signIn(browser, 'eli@stint.example')
  const priya = await signIn(browser, 'approver@stint.example')
  say('Activate, from the click to stage 3 in the browser', await measure(() => activate(eli)))
  say("Approve, from the click to “is yours” in the other person's open page", await measure(() => approve(eli, priya)))
  await browser.close()
} finally {
  server.kill()
  await once(server, 'exit')
  rmSync(directory, { recursive: true })
}

async function activate(page) {
  await ask(page, 'User Administrator')
  const begun = performance.now()
  await page.getByRole('button', { name: 'Activate', exact: true }).click()
  await page.getByText('Activation completed successfully.').waitFor()
  const took = performance.now() - begun
  await giveBack(page, 'User Administrator')
  return took
}

async function approve(page, approver) {
  await ask(page, 'Application Administrator')
  await page.getByRole('button', { name: 'Activate', exact: true }).click()
  await page.getByText('Your request waits for approval').waitFor()
  await approver.goto(page.url().replace('/my-requests/', '/approvals/'))
  await approver.getByRole('textbox', { name: 'Justification' }).fill('Go ahead')
  // Long enough for the page to have settled into waiting, and never the same part of a second.
  await pause(1000 + 300 * Math.random())
  const begun = performance.now()
  const seen = page.getByText('Application Administrator is yours').waitFor()
  await approver.getByRole('button', { name: 'Approve' }).click()
  await seen
  const took = performance.now() - begun
  await giveBack(page, 'Application Administrator')
  return took
}

async function ask(page, role) {
  await page.goto(`${base}/my-roles`)
  await page.getByRole('link', { name: `Activate ${role}` }).first().click()
  await page.getByRole('spinbutton', { name: 'Duration (hours)' }).fill('1')
  await page.getByRole('textbox', { name: /Reason/ }).fill('Measured')
}

async function giveBack(page, role) {
  await page.goto(`${base}/my-roles?tab=active`)
  await page.getByRole('button', { name: `Deactivate ${role}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click()
  await page.getByText('The role was deactivated.').waitFor()
}

async function signIn(browser, person) {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${base}/sign-in`)
  await page.getByRole('button', { name: new RegExp(`^${person}`) }).click()
  await page.waitForURL((url) => url.pathname !== '/sign-in')
  return page
}

async function measure(once) {
  const times = []
  for (let count = 0; count < TIMES; count++) times.push(await once())
  // The first one warms the server and the browser.
  return times.slice(1).sort((a, b) => a - b)
}

function say(what, times) {
  const median = times[Math.floor(times.length / 2)]
  console.log(`${what}: ${median.toFixed(0)} ms, at most ${times.at(-1).toFixed(0)} ms in ${times.length}.`)
}

function pause(milliseconds) {
  return new Promise((passed) => setTimeout(passed, milliseconds))
}

async function freePort() {
  const listening = createServer().listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address()
  listening.close()
  return port
}
