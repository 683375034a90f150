/** What one byte string means to the server. The runner adds a further request, `GET /next`, after it. */
export interface RequestCase {
  readonly name: string
  /** latin1 */
  readonly send: string
  /** What the handler is given, in order: `METHOD target body`. */
  readonly seen: readonly string[]
  /**
   * What becomes of the connection: `next`, the further request is served; a status, the answer that ends it;
   * `close`, it ends with the last answer; `wait`, the request is not whole and nothing is answered.
   */
  readonly outcome: 'next' | 'close' | 'wait' | number
  /** Field lines that the last handler call is given; not compared when undefined. */
  readonly headers?: readonly string[]
}

const get = (fields: string, line = 'GET /a HTTP/1.1'): string => `${line}\r\nHost: h\r\n${fields}\r\n`
const post = (fields: string, body: string): string => `POST /a HTTP/1.1\r\nHost: h\r\n${fields}\r\n${body}`
const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body)
const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n'

const served = (name: string, send: string, ...seen: string[]): RequestCase => ({
  name,
  send,
  seen,
  outcome: 'next',
})
const refused = (name: string, outcome: number, send: string, ...seen: string[]): RequestCase => ({
  name,
  send,
  seen,
  outcome,
})

const requestLine: RequestCase[] = [
  served('a plain GET', get(''), 'GET /a '),
  served('empty lines before a request', `\r\n\r\n${get('')}`, 'GET /a '),
  served('an unknown method', get('', 'BREW /pot HTTP/1.1'), 'BREW /pot '),
  served('methods are case-sensitive', get('', 'get /a HTTP/1.1'), 'get /a '),
  served(
    'a target as it was sent',
    get('', 'GET /a%2Fb/..//c?x=%00&y HTTP/1.1'),
    'GET /a%2Fb/..//c?x=%00&y ',
  ),
  served('OPTIONS *', get('', 'OPTIONS * HTTP/1.1'), 'OPTIONS * '),
  served('TRACE is the handler’s to answer', get('', 'TRACE /a HTTP/1.1'), 'TRACE /a '),
  served(
    'every character of a token in a method',
    get('', "A!#$%&'*+-.^_`|~9 /a HTTP/1.1"),
    "A!#$%&'*+-.^_`|~9 /a ",
  ),
  served('a search of UPnP for anybody', get('', 'M-SEARCH * HTTP/1.1'), 'M-SEARCH * '),
  served('a notice of UPnP to anybody', get('', 'NOTIFY * HTTP/1.1'), 'NOTIFY * '),
  served('a target that looks like another host’s', get('', 'GET //other/a HTTP/1.1'), 'GET //other/a '),
  served('characters that a URI should escape', get('', 'GET /a\\{b}|"<> HTTP/1.1'), 'GET /a\\{b}|"<> '),
  served('a fragment is cut off', get('', 'GET /a?b#c?d HTTP/1.1'), 'GET /a?b '),
  served('an empty fragment is cut off', get('', 'GET /# HTTP/1.1'), 'GET / '),
  served(
    'a line of 10,240 bytes',
    get('', `GET /${'t'.repeat(10_235)} HTTP/1.1`),
    `GET /${'t'.repeat(10_235)} `,
  ),
  refused('a line of 10,241 bytes', 414, get('', `GET /${'t'.repeat(10_236)} HTTP/1.1`)),
  served('a method of 32 characters', get('', `${'M'.repeat(32)} /a HTTP/1.1`), `${'M'.repeat(32)} /a `),
  refused('a method of 33 characters', 501, get('', `${'M'.repeat(33)} /a HTTP/1.1`)),
  refused('a fragment alone', 400, get('', 'GET #a HTTP/1.1')),
  refused('no target', 400, get('', 'GET HTTP/1.1')),
  refused('an empty target', 400, get('', 'GET  HTTP/1.1')),
  refused('no method', 400, get('', '/a HTTP/1.1')),
  refused('DEL in the target', 400, get('', 'GET /\x7f HTTP/1.1')),
  refused('a quote in the method', 400, get('', 'G"T /a HTTP/1.1')),
  ...['ANNOUNCE', 'DESCRIBE', 'SETUP', 'PLAY', 'TEARDOWN'].map((method) =>
    refused(`${method} of RTSP`, 501, get('', `${method} /a HTTP/1.1`)),
  ),
  refused('CONNECT with a path', 501, get('', 'CONNECT /a HTTP/1.1')),
  refused('HTTP/1.2', 505, get('', 'GET /a HTTP/1.2')),
  refused('HTTP/3.0', 505, get('', 'GET /a HTTP/3.0')),
  refused('a version with a comma', 400, get('', 'GET /a HTTP/1,1')),
  refused('a version without a minor', 400, get('', 'GET /a HTTP/1')),
  refused('another protocol', 400, get('', 'GET /a RTSP/1.0')),
  refused('more than eight empty lines before a request', 400, `${'\r\n'.repeat(9)}${get('')}`),
  refused('a bare LF before a request', 400, `\n${get('')}`),
  refused('a bare CR before a request', 400, `\r${get('')}`),
  refused('two spaces after the method', 400, get('', 'GET  /a HTTP/1.1')),
  refused('two spaces before the version', 400, get('', 'GET /a  HTTP/1.1')),
  refused('tabs between the parts', 400, get('', 'GET\t/a\tHTTP/1.1')),
  refused('a space after the version', 400, get('', 'GET /a HTTP/1.1 ')),
  refused('a space before the method', 400, get('', ' GET /a HTTP/1.1')),
  refused('a space in the target', 400, get('', 'GET /a b HTTP/1.1')),
  refused('a control in the target', 400, get('', 'GET /a\x01 HTTP/1.1')),
  refused('NUL in the target', 400, get('', 'GET /\x00 HTTP/1.1')),
  refused('a byte above 127 in the target', 400, get('', 'GET /\xe9 HTTP/1.1')),
  refused('a delimiter in the method', 400, get('', 'GE:T /a HTTP/1.1')),
  refused('a method that is no token', 400, get('', 'G\x7fT /a HTTP/1.1')),
  refused('a relative target', 400, get('', 'GET a HTTP/1.1')),
  refused('* with another method', 400, get('', 'GET * HTTP/1.1')),
  refused('authority-form without CONNECT', 400, get('', 'GET h:80 HTTP/1.1')),
  refused('CONNECT', 501, get('', 'CONNECT h:80 HTTP/1.1')),
  refused('a method of 40 characters', 501, get('', `${'M'.repeat(40)} /a HTTP/1.1`)),
  refused('no version', 400, 'GET /a\r\nHost: h\r\n\r\n'),
  refused('http in lower case', 400, get('', 'GET /a http/1.1')),
  refused('HTTP/2.0', 505, get('', 'GET /a HTTP/2.0')),
  refused('HTTP/0.9', 505, get('', 'GET /a HTTP/0.9')),
  refused('a version of three digits', 400, get('', 'GET /a HTTP/1.10')),
  refused('a version with a leading zero', 400, get('', 'GET /a HTTP/01.1')),
  refused('a bare LF after the request line', 400, 'GET /a HTTP/1.1\nHost: h\r\n\r\n'),
  refused('CR CR LF after the request line', 400, 'GET /a HTTP/1.1\r\r\nHost: h\r\n\r\n'),
  refused('a TLS hello', 400, '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n'),
  refused('a target of 11,000 bytes', 414, get('', `GET /${'t'.repeat(11_000)} HTTP/1.1`)),
]

const absoluteForm: RequestCase[] = [
  {
    ...served(
      'absolute-form is reduced, its authority replaces Host',
      'GET http://real:81/p?q HTTP/1.1\r\nHost: other\r\nA: 1\r\n\r\n',
      'GET /p?q ',
    ),
    headers: ['Host: real:81', 'A: 1'],
  },
  served('absolute-form without a path', get('', 'GET http://h HTTP/1.1'), 'GET / '),
  served('absolute-form with a query alone', get('', 'GET http://h?q=1 HTTP/1.1'), 'GET /?q=1 '),
  served('OPTIONS of a whole server in absolute-form', get('', 'OPTIONS http://h HTTP/1.1'), 'OPTIONS * '),
  served('absolute-form in upper case', get('', 'GET HTTP://H/p HTTP/1.1'), 'GET /p '),
  served('absolute-form with https', get('', 'GET https://h/p HTTP/1.1'), 'GET /p '),
  served('absolute-form with an address', get('', 'GET http://[::1]:80/p HTTP/1.1'), 'GET /p '),
  served('absolute-form with a fragment', get('', 'GET http://h#f HTTP/1.1'), 'GET / '),
  served('OPTIONS with a query in absolute-form', get('', 'OPTIONS http://h?q HTTP/1.1'), 'OPTIONS /?q '),
  refused('absolute-form without Host', 400, 'GET http://h/ HTTP/1.1\r\n\r\n'),
  refused('absolute-form with a port alone', 400, get('', 'GET http://:80/p HTTP/1.1')),
  refused('absolute-form with two ports', 400, get('', 'GET http://h:80:80/p HTTP/1.1')),
  refused('absolute-form with a port of letters', 400, get('', 'GET http://h:p/p HTTP/1.1')),
  refused('absolute-form with one slash', 400, get('', 'GET http:/h/p HTTP/1.1')),
  refused('a scheme alone', 400, get('', 'GET http: HTTP/1.1')),
  refused('absolute-form with user information', 400, get('', 'GET http://me@h/ HTTP/1.1')),
  refused('absolute-form without a host', 400, get('', 'GET http:///p HTTP/1.1')),
  refused('absolute-form of another scheme', 400, get('', 'GET ftp://h/p HTTP/1.1')),
]

const host: RequestCase[] = [
  refused('HTTP/1.1 without Host', 400, 'GET /a HTTP/1.1\r\nA: 1\r\n\r\n'),
  refused('no field at all', 400, 'GET /a HTTP/1.1\r\n\r\n'),
  refused('Host twice', 400, 'GET /a HTTP/1.1\r\nHost: h\r\nhost: h\r\n\r\n'),
  refused('a space in Host', 400, 'GET /a HTTP/1.1\r\nHost: h i\r\n\r\n'),
  refused('a path in Host', 400, 'GET /a HTTP/1.1\r\nHost: h/p\r\n\r\n'),
  refused('user information in Host', 400, 'GET /a HTTP/1.1\r\nHost: me@h\r\n\r\n'),
  refused('a byte above 127 in Host', 400, 'GET /a HTTP/1.1\r\nHost: \xe9\r\n\r\n'),
  refused('two hosts in one line', 400, 'GET /a HTTP/1.1\r\nHost: h, i\r\n\r\n'),
  served('an IPv6 literal with port', 'GET /a HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', 'GET /a '),
  ...[
    '',
    'h:',
    'h:80',
    'h.example.',
    '127.0.0.1:8080',
    '[::1]',
    '[::ffff:1.2.3.4]:1',
    'a_b',
    '%41',
    '\th\t',
  ].map((value) =>
    served(`Host ${JSON.stringify(value)}`, `GET /a HTTP/1.1\r\nHost: ${value}\r\n\r\n`, 'GET /a '),
  ),
  ...[
    ':80',
    'h:80:80',
    'h:8a',
    'h:-1',
    'h: 80',
    '[::1',
    '::1',
    '[::1]x',
    '[]:80',
    '[h]',
    'h#f',
    'h?q',
    'h\\i',
    '\x7f',
  ].map((value) =>
    refused(`Host ${JSON.stringify(value)}`, 400, `GET /a HTTP/1.1\r\nHost: ${value}\r\n\r\n`),
  ),
  refused('Host twice in HTTP/1.0', 400, 'GET /a HTTP/1.0\r\nHost: h\r\nHost: h\r\n\r\n'),
  refused('Host in another case twice', 400, 'GET /a HTTP/1.1\r\nHOST: h\r\nhost: i\r\n\r\n'),
  refused('Host with a space before the colon', 400, 'GET /a HTTP/1.1\r\nHost : h\r\n\r\n'),
  refused('a folded Host', 400, 'GET /a HTTP/1.1\r\nHost: h\r\n .example\r\n\r\n'),
]

const fields: RequestCase[] = [
  {
    ...served(
      'order, spelling, duplicates and inner blanks are kept',
      get('b:  2\t \r\nA: x  y\r\na:\r\nB: \xe9\r\nA: 3\r\n'),
      'GET /a ',
    ),
    headers: ['Host: h', 'b: 2', 'A: x  y', 'a: ', 'B: \xe9', 'A: 3'],
  },
  served('200 field lines', get(Array.from({ length: 199 }, (_, i) => `F${i}: v\r\n`).join('')), 'GET /a '),
  refused('201 field lines', 431, get(Array.from({ length: 200 }, (_, i) => `F${i}: v\r\n`).join(''))),
  refused('a header block above 10,240 bytes', 431, get(`Big: ${'v'.repeat(10_240)}\r\n`)),
  refused('many fields above 10,240 bytes', 431, get(`Part: ${'v'.repeat(100)}\r\n`.repeat(120))),
  {
    ...served('every character of a token in a name', get("A!#$%&'*+-.^_`|~9: 1\r\n"), 'GET /a '),
    headers: ['Host: h', "A!#$%&'*+-.^_`|~9: 1"],
  },
  {
    ...served('blanks alone are an empty value', get('A: \t \r\nB:\r\n'), 'GET /a '),
    headers: ['Host: h', 'A: ', 'B: '],
  },
  {
    ...served('a colon, and every byte above 127, in a value', get('A: b:c\x80\xa0\xff\r\n'), 'GET /a '),
    headers: ['Host: h', 'A: b:c\x80\xa0\xff'],
  },
  // Nine bytes are the line of Host, seven the rest of this one.
  served('a header block of 10,240 bytes', get(`Big: ${'v'.repeat(10_240 - 16)}\r\n`), 'GET /a '),
  refused('a header block of 10,241 bytes', 431, get(`Big: ${'v'.repeat(10_241 - 16)}\r\n`)),
  refused('a name of 20,000 bytes', 431, get(`${'n'.repeat(20_000)}: 1\r\n`)),
  refused('a space before the colon', 400, get('A : 1\r\n')),
  refused('a tab before the colon', 400, get('A\t: 1\r\n')),
  refused('a space before the first field', 400, 'GET /a HTTP/1.1\r\n Host: h\r\n\r\n'),
  refused('a folded line', 400, get('A: 1\r\n 2\r\n')),
  refused('a line folded with a tab', 400, get('A: 1\r\n\t2\r\n')),
  refused('an empty name', 400, get(': 1\r\n')),
  refused('no colon', 400, get('field\r\n')),
  refused('a control in a name', 400, get('A\x01: 1\r\n')),
  refused('a parenthesis in a name', 400, get('A(b): 1\r\n')),
  refused('a byte above 127 in a name', 400, get('\xe9: 1\r\n')),
  refused('NUL in a value', 400, get('A: 1\x002\r\n')),
  refused('a bare CR in a value', 400, get('A: 1\rB: 2\r\n')),
  refused('a bare LF between fields', 400, get('A: 1\nB: 2\r\n')),
  refused('a control in a value', 400, get('A: \x07\r\n')),
  refused('DEL in a value', 400, get('A: \x7f\r\n')),
  refused('CR CR LF after a field', 400, get('A: 1\r\r\n')),
  refused('a head ended by LF CRLF', 400, 'GET /a HTTP/1.1\r\nHost: h\n\r\n'),
  refused('a head ended by CR alone', 400, 'GET /a HTTP/1.1\r\nHost: h\r\n\rX'),
  refused('a bare LF in place of the last line end', 400, 'GET /a HTTP/1.1\r\nHost: h\r\n\n'),
  refused('bare LFs alone', 400, 'GET /a HTTP/1.1\nHost: h\n\n'),
  refused('a bare CR after a name', 400, get('A\r: 1\r\n')),
  refused('NUL in a name', 400, get('A\x00: 1\r\n')),
  refused('a vertical tab before a value', 400, get('A:\x0b1\r\n')),
  refused('a form feed in a value', 400, get('A: \x0c\r\n')),
  refused('an escape in a value', 400, get('A: \x1b[1m\r\n')),
]

const EVERY_BYTE = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code))

const length: RequestCase[] = [
  served('a body by length', post('Content-Length: 5\r\n', 'hello'), 'POST /a hello'),
  served('a body of no bytes', post('Content-Length: 0\r\n', ''), 'POST /a '),
  served('a body of a GET', `GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi`, 'GET /a hi'),
  served(
    'a body that looks like a request',
    post(`Content-Length: ${HIDDEN.length}\r\n`, HIDDEN),
    `POST /a ${HIDDEN}`,
  ),
  served('leading zeros', post('Content-Length: 005\r\n', 'hello'), 'POST /a hello'),
  served('blanks around a length', post('Content-Length: \t 5\t \r\n', 'hello'), 'POST /a hello'),
  served(
    'a length in HTTP/1.0',
    'POST /a HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello',
    'POST /a hello',
  ),
  served('a body of every byte', post('Content-Length: 256\r\n', EVERY_BYTE), `POST /a ${EVERY_BYTE}`),
  refused('a length of 16 digits', 400, post('Content-Length: 0000000000000005\r\n', 'hello')),
  {
    name: 'a length of 15 digits',
    send: post('Content-Length: 000000000999999\r\n', 'hello'),
    seen: [],
    outcome: 'wait',
  },
  ...['-5', '+5', '0x5', '5 5', '5a', '5.0', '5e0', '', '5,', '5, 5', '5, 6', '"5"', '5_0', '5\xa0'].map(
    (value) =>
      refused(`a length of ${JSON.stringify(value)}`, 400, post(`Content-Length: ${value}\r\n`, 'hello')),
  ),
  refused('a length beyond 64 bits', 400, post('Content-Length: 18446744073709551621\r\n', 'hello')),
  refused('two equal lengths', 400, post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello')),
  refused(
    'two lengths that differ',
    400,
    post(`Content-Length: 0\r\nContent-Length: ${HIDDEN.length}\r\n`, HIDDEN),
  ),
  refused('an empty length and a real one', 400, post('Content-Length:\r\nContent-Length: 5\r\n', 'hello')),
  refused('a length with a space before the colon', 400, post('Content-Length : 5\r\n', 'hello')),
  served('Content_Length is a field like any other', get('Content_Length: 33\r\n'), 'GET /a '),
  {
    name: 'a body shorter than its length',
    send: post('Content-Length: 9\r\n', 'hello'),
    seen: [],
    outcome: 'wait',
  },
  { name: 'half a head', send: 'GET /a HTTP/1.1\r\nHo', seen: [], outcome: 'wait' },
]

const HELLO = '5\r\nhello\r\n0\r\n\r\n'

const encoding: RequestCase[] = [
  served('chunked', chunked(HELLO), 'POST /a hello'),
  served(
    'chunked in mixed case with blanks',
    post('Transfer-Encoding: \t ChUnKeD \t\r\n', HELLO),
    'POST /a hello',
  ),
  refused('chunked beside a length', 400, post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', HELLO)),
  refused(
    'a length beside chunked',
    400,
    post(`Transfer-Encoding: chunked\r\nContent-Length: ${HIDDEN.length + 5}\r\n`, `0\r\n\r\n${HIDDEN}`),
  ),
  refused(
    'chunked beside an empty length',
    400,
    post('Transfer-Encoding: chunked\r\nContent-Length:\r\n', HELLO),
  ),
  refused(
    'chunked in HTTP/1.0',
    400,
    `POST /a HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${HELLO}`,
  ),
  ...[
    'identity',
    'gzip',
    'gzip, chunked',
    'deflate, chunked',
    'trailers',
    'xchunked',
    '"chunked"',
    'chunked;a=b',
    'chun ked',
    '',
    ', chunked',
    'chunked,',
    'chunked, chunked',
    'chunked, gzip',
    '\xa0chunked',
  ].map((value) =>
    refused(`an encoding of ${JSON.stringify(value)}`, 501, post(`Transfer-Encoding: ${value}\r\n`, HELLO)),
  ),
  ...['chunked\x0b', '\x00chunked'].map((value) =>
    refused(`an encoding of ${JSON.stringify(value)}`, 400, post(`Transfer-Encoding: ${value}\r\n`, HELLO)),
  ),
  refused(
    'chunked on two lines',
    400,
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', HELLO),
  ),
  refused(
    'another coding, then chunked',
    501,
    post('Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n', HELLO),
  ),
  refused(
    'chunked, then another coding',
    400,
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n', HELLO),
  ),
  refused('a folded encoding', 501, post('Transfer-Encoding:\r\n chunked\r\n', HELLO)),
  refused('an encoding with a space before the colon', 400, post('Transfer-Encoding : chunked\r\n', HELLO)),
  refused(
    'deflate, then chunked, on two lines',
    501,
    post('Transfer-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n', HELLO),
  ),
  refused(
    'an empty encoding beside a length',
    501,
    post('Content-Length: 5\r\nTransfer-Encoding:\r\n', 'hello'),
  ),
  refused(
    'chunked beside a length in HTTP/1.0',
    400,
    `POST /a HTTP/1.0\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${HELLO}`,
  ),
  refused(
    'chunked in a folded line of another field',
    400,
    post('A: 1\r\n Transfer-Encoding: chunked\r\n', HELLO),
  ),
  refused('chunked after a bare CR', 400, post('A: 1\rTransfer-Encoding: chunked\r\n', HELLO)),
  refused('chunked after a bare LF', 400, post('A: 1\nTransfer-Encoding: chunked\r\n', HELLO)),
  served(
    'a GET in chunks',
    `GET /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${HELLO}`,
    'GET /a hello',
  ),
  served(
    'TE says nothing of the request',
    post('TE: chunked\r\nContent-Length: 5\r\n', 'hello'),
    'POST /a hello',
  ),
  served(
    'Transfer_Encoding is a field like any other',
    post('Content-Length: 5\r\nTransfer_Encoding: chunked\r\n', 'hello'),
    'POST /a hello',
  ),
]

const chunks: RequestCase[] = [
  served('several chunks', chunked('3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n'), 'POST /a abcd'),
  served('no chunk', chunked('0\r\n\r\n'), 'POST /a '),
  served(
    'hex digits of either case and leading zeros',
    chunked('00A\r\n0123456789\r\n0b\r\n0123456789a\r\n000\r\n\r\n'),
    'POST /a 01234567890123456789a',
  ),
  served('data that looks like framing', chunked('7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n'), 'POST /a \r\n0\r\n\r\n'),
  served('extensions', chunked('5;a;b=c;d="e;f"\r\nhello\r\n0;z\r\n\r\n'), 'POST /a hello'),
  served('a quoted extension', chunked('5;a="\\"\t;\xff"\r\nhello\r\n0\r\n\r\n'), 'POST /a hello'),
  served('a size of eight digits', chunked('00000005\r\nhello\r\n0\r\n\r\n'), 'POST /a hello'),
  served(
    'a body of every byte in one chunk',
    chunked(`100\r\n${EVERY_BYTE}\r\n0\r\n\r\n`),
    `POST /a ${EVERY_BYTE}`,
  ),
  served(
    'a request that follows the last chunk at once',
    `${chunked(HELLO)}${get('')}`,
    'POST /a hello',
    'GET /a ',
  ),
  ...[
    ' ;a',
    ';\ta',
    '; a',
    ';a ',
    ';a =b',
    ';a= b',
    ';a=',
    ';=b',
    ';;',
    ';a;',
    ';a="b',
    ';a="b"c',
    ';a="\x00"',
    ';a="\\\x01"',
    ';a(b',
  ].map((extension) =>
    refused(
      `an extension of ${JSON.stringify(extension)}`,
      400,
      chunked(`5${extension}\r\nhello\r\n0\r\n\r\n`),
    ),
  ),
  served(
    'trailers are not fields',
    chunked('5\r\nhello\r\n0\r\nContent-Length: 50\r\nHost: other\r\n\r\n'),
    'POST /a hello',
  ),
  ...[
    '-5',
    '+5',
    '0x5',
    '0_5',
    ' 5',
    '5g',
    '',
    '5.0',
    '5\x00',
    '5\x0b',
    'fffffffff',
    '10000000000000005',
    '000000005',
    '5 ',
    '5\t',
    '5h',
    '5\xa0',
    '"5"',
    '5\r',
  ].map((size) =>
    refused(`a chunk size of ${JSON.stringify(size)}`, 400, chunked(`${size}\r\nhello\r\n0\r\n\r\n`)),
  ),
  refused('a bare LF after a chunk size', 400, chunked('5\nhello\r\n0\r\n\r\n')),
  refused('an extension of nothing', 400, chunked('5;\r\nhello\r\n0\r\n\r\n')),
  refused('a bare CR in an extension', 400, chunked('5;a\rb\r\nhello\r\n0\r\n\r\n')),
  refused('a bare LF in an extension', 400, chunked('5;a\nhello\r\n0\r\n\r\n')),
  refused('NUL in an extension', 400, chunked('5;a\x00\r\nhello\r\n0\r\n\r\n')),
  refused('an extension of 4 KB', 400, chunked(`5;${'e'.repeat(4096)}\r\nhello\r\n0\r\n\r\n`)),
  refused('no CRLF after the data', 400, chunked('5\r\nhello0\r\n\r\n')),
  refused('a bare LF after the data', 400, chunked('5\r\nhello\n0\r\n\r\n')),
  refused('two other bytes after the data', 400, chunked('5\r\nhelloXX0\r\n\r\n')),
  refused('data longer than its size', 400, chunked('5\r\nhello!\r\n0\r\n\r\n')),
  refused('a trailer without colon', 400, chunked('0\r\ntrailer\r\n\r\n')),
  served(
    'trailers with an empty value, and of every byte',
    chunked('0\r\nA:\r\nB: \x80\xff\t\r\n\r\n'),
    'POST /a ',
  ),
  served(
    'Transfer-Encoding in a trailer means nothing',
    chunked('0\r\nTransfer-Encoding: chunked\r\n\r\n'),
    'POST /a ',
  ),
  refused('a space before the colon of a trailer', 400, chunked('0\r\nA : 1\r\n\r\n')),
  refused('a trailer without name', 400, chunked('0\r\n: 1\r\n\r\n')),
  refused('NUL in a trailer', 400, chunked('0\r\nA: \x00\r\n\r\n')),
  refused('a bare CR in a trailer', 400, chunked('0\r\nA: 1\rB: 2\r\n\r\n')),
  refused('a bare LF at the end of trailers', 400, chunked('0\r\nA: 1\r\n\n')),
  refused('a bare LF after the last chunk', 400, chunked('0\n\r\n')),
  refused('a bare CR after a chunk size', 400, chunked('5\rhello\r\n0\r\n\r\n')),
  refused('CR CR LF after the data', 400, chunked('5\r\nhello\r\r\n0\r\n\r\n')),
  refused('a folded trailer', 400, chunked('0\r\nA: 1\r\n 2\r\n\r\n')),
  refused('a trailer ended by a bare LF', 400, chunked('0\r\nA: 1\n\r\n')),
  refused('trailers of 16 KB', 400, chunked(`0\r\n${`T: ${'v'.repeat(1000)}\r\n`.repeat(16)}\r\n`)),
  { name: 'a chunk of 4 GB', send: chunked('FFFFFFFF\r\nhello\r\n0\r\n\r\n'), seen: [], outcome: 'wait' },
  { name: 'a chunk of 2 GB', send: chunked('80000000\r\nhello\r\n0\r\n\r\n'), seen: [], outcome: 'wait' },
  { name: 'no last chunk', send: chunked('5\r\nhello\r\n'), seen: [], outcome: 'wait' },
  {
    name: 'no empty line after the last chunk',
    send: chunked('5\r\nhello\r\n0\r\n'),
    seen: [],
    outcome: 'wait',
  },
]

const connection: RequestCase[] = [
  served(
    'three requests, pipelined',
    `${get('')}${post('Content-Length: 1\r\n', 'x')}${chunked('1\r\ny\r\n0\r\n\r\n')}`,
    'GET /a ',
    'POST /a x',
    'POST /a y',
  ),
  refused('a good request, then garbage', 400, `${get('')}garbage\r\n\r\n`, 'GET /a '),
  {
    name: 'a good request, then half a head',
    send: `${get('')}GET /b HTTP/1.1\r\nHo`,
    seen: ['GET /a '],
    outcome: 'wait',
  },
  {
    name: 'a good request, then half a body',
    send: `${get('')}${post('Content-Length: 9\r\n', 'hello')}`,
    seen: ['GET /a '],
    outcome: 'wait',
  },
  {
    name: 'a good request, then half a chunk',
    send: `${get('')}${chunked('9\r\nhello')}`,
    seen: ['GET /a '],
    outcome: 'wait',
  },
  {
    name: 'what follows Connection: close is not read',
    send: `${get('Connection: close\r\n')}${HIDDEN}`,
    seen: ['GET /a '],
    outcome: 'close',
  },
  {
    name: 'what follows HTTP/1.0 is not read',
    send: `GET /a HTTP/1.0\r\n\r\n${HIDDEN}`,
    seen: ['GET /a '],
    outcome: 'close',
  },
  {
    name: 'keep-alive and close',
    send: get('Connection: keep-alive, close\r\n'),
    seen: ['GET /a '],
    outcome: 'close',
  },
  {
    name: 'close among empty options',
    send: get('Connection: ,\t, close ,\r\n'),
    seen: ['GET /a '],
    outcome: 'close',
  },
  served('a name that begins like close', get('Connection: closed\r\n'), 'GET /a '),
  served(
    'h2c is not spoken because it is asked for',
    get('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'),
    'GET /a ',
  ),
  refused('two expectations', 417, get('Expect: 100-continue, x\r\n')),
  refused(
    'an expectation that is not known, after one that is',
    417,
    get('Expect: 100-continue\r\nExpect: x\r\n'),
  ),
  served('100-Continue in another case', get('Expect: 100-Continue\r\n'), 'GET /a '),
  { name: 'Connection: close', send: get('Connection: close\r\n'), seen: ['GET /a '], outcome: 'close' },
  {
    name: 'close among other options',
    send: get('Connection: x, Close\r\n'),
    seen: ['GET /a '],
    outcome: 'close',
  },
  {
    name: 'close on a second line',
    send: get('Connection: keep-alive\r\nConnection: close\r\n'),
    seen: ['GET /a '],
    outcome: 'close',
  },
  { name: 'HTTP/1.0', send: 'GET /a HTTP/1.0\r\n\r\n', seen: ['GET /a '], outcome: 'close' },
  served('HTTP/1.0 with keep-alive', 'GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n', 'GET /a '),
  refused('an expectation that is not known', 417, get('Expect: miracles\r\n')),
  served('100-continue without a body', get('Expect: 100-continue\r\n'), 'GET /a '),
  served('Upgrade is ignored', get('Connection: upgrade\r\nUpgrade: websocket\r\n'), 'GET /a '),
]

/** Fields that Connection names belong to this hop: they end here, but never those that frame or route a message. */
const hopByHop: RequestCase[] = [
  {
    ...served(
      'fields named by Connection end here',
      get('X-Hop: 1\r\nConnection: x-hop\r\nB: 2\r\n'),
      'GET /a ',
    ),
    headers: ['Host: h', 'Connection: x-hop', 'B: 2'],
  },
  {
    ...served(
      'on several lines, in several cases, among other options',
      get('A: 1\r\nConnection: keep-alive, A ,b\r\nB: 2\r\na: 3\r\nConnection: C\r\nD: 4\r\nC: 5\r\n'),
      'GET /a ',
    ),
    headers: ['Host: h', 'Connection: keep-alive, A ,b', 'Connection: C', 'D: 4'],
  },
  {
    ...served('names that are not there', get('Connection: A, , B C\r\nB: 1\r\n'), 'GET /a '),
    headers: ['Host: h', 'Connection: A, , B C', 'B: 1'],
  },
  {
    ...served(
      'Connection: Content-Length cannot hide a body',
      post(`Connection: Content-Length\r\nContent-Length: ${HIDDEN.length}\r\n`, HIDDEN),
      `POST /a ${HIDDEN}`,
    ),
    headers: ['Host: h', 'Connection: Content-Length', `Content-Length: ${HIDDEN.length}`],
  },
  served(
    'Connection: Transfer-Encoding cannot hide a body',
    post('Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n', HELLO),
    'POST /a hello',
  ),
  {
    ...served('Connection: Host cannot take the host away', get('Connection: Host\r\n'), 'GET /a '),
    headers: ['Host: h', 'Connection: Host'],
  },
]

/** By what they are about. */
export const requestCases: Readonly<Record<string, readonly RequestCase[]>> = {
  'request line': requestLine,
  'absolute-form': absoluteForm,
  host,
  fields,
  'content-length': length,
  'transfer-encoding': encoding,
  chunks,
  connection,
  'hop-by-hop': hopByHop,
}
