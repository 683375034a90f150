import { test } from 'bun:test'
import { playBoth } from '../../../test/support/play-both-versions.ts'
import { region, withIntegration, type PlayedCall } from '../../../test/support/play-calls.ts'

const name = 'api.example.com'
const setting: readonly PlayedCall[] = [
  { call: 'v2:CreateApi', with: { Name: 'pets', ProtocolType: 'HTTP' }, as: 'http' },
  { call: 'v2:CreateStage', with: { ApiId: '$http.ApiId', StageName: '$default' } },
  { call: 'v2:CreateVpcLink', with: { Name: 'mine', SubnetIds: ['subnet-a'] }, as: 'link' },
  {
    call: 'v2:CreateDomainName',
    with: {
      DomainName: name,
      DomainNameConfigurations: [{ CertificateArn: 'arn:aws:acm:us-east-1:111111111111:certificate/a' }],
    },
  },
  ...withIntegration,
  { call: 'CreateDeployment', with: { restApiId: '$api.id', stageName: 'prod' } },
]

/** Path of an ARN, and the call that shows the tags. */
const tagged: readonly (readonly [path: string, shows?: PlayedCall])[] = [
  ['/apis/$http.ApiId', { call: 'v2:GetApi', with: { ApiId: '$http.ApiId' } }],
  [
    '/apis/$http.ApiId/stages/$default',
    { call: 'v2:GetStage', with: { ApiId: '$http.ApiId', StageName: '$default' } },
  ],
  ['/vpclinks/$link.VpcLinkId', { call: 'v2:GetVpcLink', with: { VpcLinkId: '$link.VpcLinkId' } }],
  [`/domainnames/${name}`, { call: 'v2:GetDomainName', with: { DomainName: name } }],
  ['/restapis/$api.id'],
  ['/restapis/$api.id/stages/prod'],
]

for (const [path, shows] of tagged) {
  const ResourceArn = `arn:aws:apigateway:${region}::${path}`
  test(`tags of ${path.replaceAll(/\$\w+\.\w+/g, '{id}')}`, () =>
    playBoth([
      ...setting,
      { call: 'v2:TagResource', with: { ResourceArn, Tags: { team: 'a', colour: 'red' } }, gives: {} },
      { call: 'v2:TagResource', with: { ResourceArn, Tags: { team: 'b' } }, gives: {} },
      { call: 'v2:GetTags', with: { ResourceArn }, gives: { Tags: { team: 'b', colour: 'red' } } },
      ...(shows === undefined ? [] : [{ ...shows, has: { Tags: { team: 'b', colour: 'red' } } }]),
      { call: 'v2:UntagResource', with: { ResourceArn, TagKeys: ['colour', 'none'] }, gives: {} },
      // Both versions have the same ones.
      { call: 'GetTags', with: { resourceArn: ResourceArn }, gives: { tags: { team: 'b' } } },
    ]))
}

test('tags of what is not there, or cannot have any', () => {
  const get = (ResourceArn: string, code: string, message: string): PlayedCall => ({
    call: 'v2:GetTags',
    with: { ResourceArn },
    fails: [code, message],
  })
  const at = `arn:aws:apigateway:${region}::`
  return playBoth([
    get(`${at}/apis/none`, 'NotFoundException', 'Invalid API identifier specified 111111111111:none'),
    get(`${at}/apis/none/stages/x`, 'NotFoundException', 'Invalid stage identifier specified'),
    get(`${at}/vpclinks/none`, 'NotFoundException', 'Invalid resource identifier specified: none'),
    get(
      `${at}/apis/none/routes/x`,
      'BadRequestException',
      `Invalid ARN specified in the request: ${at}/apis/none/routes/x. Expected ${at}/{path} of something that carries tags, such as /restapis/{id} or /apis/{id}/stages/{name}.`,
    ),
  ])
})
