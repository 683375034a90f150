import { test } from 'bun:test'
import { playCalls } from '../../../test/support/play-calls.ts'

test('SDK types by name, each with what it must be given', () =>
  playCalls([
    {
      call: 'GetSdkTypes',
      with: {},
      has: {
        items: ['android', 'java', 'javascript', 'objectivec', 'python', 'ruby', 'swift', 'typescript'].map(
          (id) => ({ id }),
        ),
      },
    },
    {
      call: 'GetSdkType',
      with: { id: 'swift' },
      gives: {
        id: 'swift',
        friendlyName: 'iOS (Swift)',
        configurationProperties: [{ name: 'classPrefix', friendlyName: 'Prefix', required: true }],
      },
    },
    {
      call: 'GetSdkType',
      with: { id: 'cobol' },
      fails: ['NotFoundException', 'Invalid SDK type identifier specified'],
    },
  ]))
