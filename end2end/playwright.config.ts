// `make test-e2e` builds the server and runs this once for SQLite and once for Postgres. By hand, after that build:
// `npx playwright test --config end2end --ui`.

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { defineConfig } from '@playwright/test'

const root = resolve(__dirname, '..')
const build = join(root, 'target/e2e')
const database = process.env.STINT_E2E_DATABASE ?? 'sqlite'

// The workers read this file again: what the first process decided is handed on in the environment.
const port = (process.env.STINT_E2E_PORT ??= '3100')
const databaseUrl = (process.env.STINT_E2E_DATABASE_URL ??= unusedSqlite())
const origin = `http://127.0.0.1:${port}`

function unusedSqlite(): string {
  if (database !== 'sqlite') throw new Error(`Set STINT_E2E_DATABASE_URL for ${database}, or run scripts/test e2e.`)
  return `sqlite:${join(mkdtempSync(join(tmpdir(), 'stint-e2e.')), 'stint.db')}`
}

export default defineConfig({
  testDir: __dirname,
  outputDir: join(root, 'test-results', database),
  forbidOnly: Boolean(process.env.CI),
  fullyParallel: false,
  // One demo organisation and one clock: stories on the same database take turns.
  workers: 1,
  // A test that passes the second time is a bug found.
  retries: 0,
  // A story is long, and axe looks at several of its pages in both themes; what is waited for has its own, short limit.
  timeout: 60_000,
  expect: { timeout: 5_000 },
  reporter: [['list']],
  projects: [{ name: database }],
  use: {
    baseURL: origin,
    // Not the server's: a page that formats a time on both sides differently fails to hydrate and is found.
    locale: 'en-GB',
    timezoneId: 'America/New_York',
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.STINT_CHROMIUM || '/usr/bin/chromium',
      args: [
        '--no-sandbox', // root has none, and CI is often root
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-gpu',
        '--disable-quic',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
  webServer: {
    command: `exec ${join(build, 'stint')} serve --demo --listen 127.0.0.1:${port} --database-url '${databaseUrl}' --site ${join(build, 'site')}`,
    cwd: root,
    env: {
      ...process.env,
      // A database that others share has no key beside it.
      STINT_SECRET_KEY: '5a'.repeat(32),
      // Stories let hours pass in one session.
      STINT_SESSION_IDLE_MINUTES: '720',
    } as Record<string, string>,
    url: `${origin}/sign-in`,
    timeout: 60_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
    stdout: 'ignore',
    stderr: 'pipe',
  },
})
