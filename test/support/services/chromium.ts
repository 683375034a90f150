import { chromium, type Browser } from 'playwright-core'
import { installed } from './installed.ts'

/**
 * A browser without windows, its own profile in a folder that goes with it: the distribution's, for `playwright-core`
 * brings none. Names below `localhost` are this machine; nothing else is resolved, so pages load nothing from elsewhere.
 * @throws Error saying what to install
 */
export async function startChromium(): Promise<Browser> {
  const executablePath = await installed(['chromium', 'chromium-browser', 'google-chrome'], ['chromium'])
  return chromium.launch({
    executablePath,
    // What keeps pages apart from the machine needs a user that is not root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1',
    ],
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  })
}
