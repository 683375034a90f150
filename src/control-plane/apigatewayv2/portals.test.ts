import { test } from 'bun:test'
import { playBoth } from '../../../test/support/play-both-versions.ts'
import { account, now, region, withIntegration, type PlayedCall } from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const missing = 'NotFoundException'
const arn = (path: string): string => `arn:aws:apigateway:${region}:${account}:/${path}`

const CustomColors = {
  AccentColor: '#1f6feb',
  BackgroundColor: '#ffffff',
  ErrorValidationColor: '#d13212',
  HeaderColor: '#101820',
  NavigationColor: '#f4f4f4',
  TextColor: '#16191f',
}
const PortalContent = { DisplayName: 'Pets', Description: 'All of them', Theme: { CustomColors } }
const create = (more: object = {}): PlayedCall => ({
  call: 'v2:CreatePortal',
  with: { Authorization: { None: {} }, EndpointConfiguration: { None: {} }, PortalContent, ...more },
  as: 'portal',
})
const one = { PortalId: '$portal.PortalId' }
const product: PlayedCall = {
  call: 'v2:CreatePortalProduct',
  with: { DisplayName: 'Adoption', Description: 'Meet them', Tags: { team: 'a' } },
  as: 'product',
}
const ofProduct = { PortalProductId: '$product.PortalProductId' }
const page = (Title: string): PlayedCall => ({
  call: 'v2:CreateProductPage',
  with: { ...ofProduct, DisplayContent: { Title, Body: '# Hello' } },
  as: 'page',
})
const deployed: readonly PlayedCall[] = [
  ...withIntegration,
  { call: 'CreateDeployment', with: { restApiId: '$api.id', stageName: 'prod' } },
]
const IdentifierParts = { RestApiId: '$api.id', Stage: 'prod', Method: 'GET', Path: '/' }
const endpoint = (more: object = {}): PlayedCall => ({
  call: 'v2:CreateProductRestEndpointPage',
  with: { ...ofProduct, RestEndpointIdentifier: { IdentifierParts }, ...more },
  as: 'endpoint',
})
const ofEndpoint = { ...ofProduct, ProductRestEndpointPageId: '$endpoint.ProductRestEndpointPageId' }
const included = { IncludedPortalProductArns: ['$product.PortalProductArn'] }
const shownPortal = {
  Authorization: { None: {} },
  EndpointConfiguration: {
    PortalDefaultDomainName: '$portal.EndpointConfiguration.PortalDefaultDomainName',
    PortalDomainHostedZoneId: 'Z1UJRXOUMOOFQ8',
  },
  IncludedPortalProductArns: [],
  LastModified: now,
  PortalArn: arn('portals/$portal.PortalId'),
  PortalContent,
  PortalId: '$portal.PortalId',
  PublishStatus: 'DISABLED',
  Tags: {},
}
const shownEndpoint = {
  DisplayContent: { Endpoint: '$endpoint.DisplayContent.Endpoint' },
  LastModified: now,
  ProductRestEndpointPageArn: arn(
    'portalproducts/$product.PortalProductId/productrestendpointpages/$endpoint.ProductRestEndpointPageId',
  ),
  ProductRestEndpointPageId: '$endpoint.ProductRestEndpointPageId',
  RestEndpointIdentifier: { IdentifierParts },
  Status: 'AVAILABLE',
  TryItState: 'ENABLED',
}
const policy = (Principal: unknown): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'apigateway:*', Resource: '*' }],
  })

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a portal from creation to deletion': [
    create(),
    { call: 'v2:GetPortal', with: one, gives: shownPortal },
    { call: 'v2:ListPortals', gives: { Items: [shownPortal] } },
    {
      call: 'v2:UpdatePortal',
      with: { ...one, LogoUri: 'https://example.com/logo.png', RumAppMonitorName: 'monitor' },
      gives: { ...shownPortal, RumAppMonitorName: 'monitor' },
    },
    { call: 'v2:UpdatePortal', with: { ...one, RumAppMonitorName: '' }, gives: shownPortal },
    { call: 'v2:DeletePortal', with: one, gives: {} },
    {
      call: 'v2:GetPortal',
      with: one,
      fails: [missing, 'Invalid Portal identifier specified $portal.PortalId'],
    },
    { call: 'v2:DeletePortal', with: one, gives: {} },
  ],
  'a portal is published, published again, disabled': [
    product,
    create({ ...included, Tags: { a: 'b' } }),
    { call: 'v2:PublishPortal', with: { ...one, Description: 'the first' }, gives: {} },
    {
      call: 'v2:GetPortal',
      with: one,
      has: { PublishStatus: 'PUBLISHED', LastPublished: now, LastPublishedDescription: 'the first' },
    },
    {
      call: 'v2:DeletePortal',
      with: one,
      fails: [bad, 'A portal must be disabled before it is deleted'],
    },
    { call: 'v2:DeletePortalProduct', with: ofProduct, gives: {} },
    { call: 'v2:PublishPortal', with: one, gives: {} },
    { call: 'v2:GetPortal', with: one, has: { PublishStatus: 'PUBLISHED' } },
    { call: 'v2:DisablePortal', with: one, gives: {} },
    { call: 'v2:GetPortal', with: one, has: { PublishStatus: 'DISABLED', LastPublished: now } },
    { call: 'v2:DeletePortal', with: one, gives: {} },
  ],
  'what cannot be shown is not published, and says why': [
    ...deployed,
    product,
    endpoint(),
    create(included),
    { call: 'DeleteStage', with: { restApiId: '$api.id', stageName: 'prod' } },
    { call: 'v2:PublishPortal', with: one, gives: {} },
    {
      call: 'v2:GetPortal',
      with: one,
      has: {
        PublishStatus: 'PUBLISH_FAILED',
        StatusException: { Exception: missing, Message: 'Invalid stage identifier specified' },
      },
    },
    { call: 'v2:PreviewPortal', with: one, gives: {} },
    {
      call: 'v2:GetPortal',
      with: one,
      has: {
        Preview: {
          PreviewStatus: 'PREVIEW_FAILED',
          StatusException: { Exception: missing, Message: 'Invalid stage identifier specified' },
        },
      },
    },
    {
      call: 'v2:GetProductRestEndpointPage',
      with: ofEndpoint,
      has: { Status: 'FAILED', StatusException: { Message: 'Invalid stage identifier specified' } },
    },
  ],
  'a preview has an address': [
    create(),
    { call: 'v2:PreviewPortal', with: one, gives: {} },
    { call: 'v2:GetPortal', with: one, has: { Preview: { PreviewStatus: 'PREVIEW_READY' } } },
  ],
  'a domain name of its own': [
    create({
      EndpointConfiguration: {
        AcmManaged: {
          CertificateArn: `arn:aws:acm:us-east-1:${account}:certificate/a`,
          DomainName: 'Portal.example.com',
        },
      },
    }),
    {
      call: 'v2:GetPortal',
      with: one,
      has: {
        EndpointConfiguration: {
          DomainName: 'portal.example.com',
          CertificateArn: `arn:aws:acm:us-east-1:${account}:certificate/a`,
        },
      },
    },
    {
      ...create({
        EndpointConfiguration: {
          AcmManaged: {
            CertificateArn: `arn:aws:acm:us-east-1:${account}:certificate/a`,
            DomainName: 'portal.example.com',
          },
        },
      }),
      fails: [bad, 'The domain name portal.example.com is that of another portal'],
    },
    {
      call: 'v2:UpdatePortal',
      with: { ...one, EndpointConfiguration: { None: {} } },
      has: { EndpointConfiguration: shownPortal.EndpointConfiguration },
    },
  ],
  'what is no portal': [
    {
      ...create({ Authorization: {} }),
      fails: [bad, 'Invalid Authorization specified: expected one of its members, found none'],
    },
    {
      ...create({
        Authorization: {
          None: {},
          CognitoConfig: { AppClientId: 'a', UserPoolArn: 'b', UserPoolDomain: 'c' },
        },
      }),
      fails: [bad, 'Invalid Authorization specified: expected one of its members, found CognitoConfig, None'],
    },
    {
      ...create({
        Authorization: {
          CognitoConfig: {
            AppClientId: 'a',
            UserPoolArn: 'arn:aws:s3:::bucket-of-mine',
            UserPoolDomain: 'https://login.example.com',
          },
        },
      }),
      fails: [
        bad,
        'Invalid CognitoConfig.UserPoolArn specified: arn:aws:s3:::bucket-of-mine. Expected the ARN of a user pool',
      ],
    },
    {
      ...create({ PortalContent: { ...PortalContent, DisplayName: 'ab' } }),
      fails: [bad, 'Invalid PortalContent.DisplayName specified: expected 3 to 255 characters, found 2'],
    },
    {
      ...create({ LogoUri: 'x'.repeat(1093) }),
      fails: [bad, 'Invalid LogoUri specified: expected 0 to 1092 characters, found 1093'],
    },
    {
      ...create({
        IncludedPortalProductArns: ['arn:aws:apigateway:eu-west-1:111111111111:/portalproducts/abc'],
      }),
      fails: [
        bad,
        `Invalid IncludedPortalProductArns specified: arn:aws:apigateway:eu-west-1:111111111111:/portalproducts/abc. Expected ARNs of portal products in ${region}`,
      ],
    },
    {
      ...create({ IncludedPortalProductArns: [arn('portalproducts/none')] }),
      fails: [missing, 'Invalid PortalProduct identifier specified none'],
    },
    product,
    {
      ...create({ IncludedPortalProductArns: ['$product.PortalProductArn', '$product.PortalProductArn'] }),
      fails: [bad, 'Invalid IncludedPortalProductArns specified: $product.PortalProductArn is named twice'],
    },
  ],
  'a product from creation to deletion': [
    product,
    {
      call: 'v2:GetPortalProduct',
      with: ofProduct,
      gives: {
        PortalProductArn: arn('portalproducts/$product.PortalProductId'),
        PortalProductId: '$product.PortalProductId',
        DisplayName: 'Adoption',
        Description: 'Meet them',
        LastModified: now,
        Tags: { team: 'a' },
      },
    },
    page('Terms'),
    {
      call: 'v2:UpdatePortalProduct',
      with: {
        ...ofProduct,
        DisplayName: 'Adopt',
        Description: '',
        DisplayOrder: { OverviewPageArn: '$page.ProductPageArn', Contents: [] },
      },
      has: {
        DisplayName: 'Adopt',
        DisplayOrder: { OverviewPageArn: '$page.ProductPageArn', ProductPageArns: [], Contents: [] },
      },
    },
    {
      call: 'v2:ListPortalProducts',
      gives: {
        Items: [
          {
            PortalProductArn: arn('portalproducts/$product.PortalProductId'),
            PortalProductId: '$product.PortalProductId',
            DisplayName: 'Adopt',
            Description: '',
            LastModified: now,
            Tags: { team: 'a' },
          },
        ],
      },
    },
    { call: 'v2:ListPortalProducts', with: { ResourceOwner: 'OTHER_ACCOUNTS' }, gives: { Items: [] } },
    {
      call: 'v2:ListPortalProducts',
      with: { ResourceOwner: 'me' },
      fails: [bad, 'Invalid resourceOwner specified: me. Expected SELF or OTHER_ACCOUNTS'],
    },
    {
      call: 'v2:UpdatePortalProduct',
      with: { ...ofProduct, DisplayOrder: { ProductPageArns: ['arn:x'] } },
      fails: [bad, 'Invalid DisplayOrder specified: arn:x is no page of this portal product'],
    },
    {
      call: 'v2:UpdatePortalProduct',
      with: {
        ...ofProduct,
        DisplayOrder: { OverviewPageArn: '$page.ProductPageArn', ProductPageArns: ['$page.ProductPageArn'] },
      },
      fails: [bad, 'Invalid DisplayOrder specified: $page.ProductPageArn is named twice'],
    },
    { call: 'v2:DeletePortalProduct', with: ofProduct, gives: {} },
    {
      call: 'v2:ListProductPages',
      with: ofProduct,
      fails: [missing, 'Invalid PortalProduct identifier specified $product.PortalProductId'],
    },
  ],
  'pages of a product': [
    product,
    page('Terms'),
    {
      call: 'v2:GetProductPage',
      with: { ...ofProduct, ProductPageId: '$page.ProductPageId' },
      gives: {
        DisplayContent: { Title: 'Terms', Body: '# Hello' },
        LastModified: now,
        ProductPageArn: arn('portalproducts/$product.PortalProductId/productpages/$page.ProductPageId'),
        ProductPageId: '$page.ProductPageId',
      },
    },
    {
      call: 'v2:UpdateProductPage',
      with: {
        ...ofProduct,
        ProductPageId: '$page.ProductPageId',
        DisplayContent: { Title: 'Fees', Body: 'None.' },
      },
      has: { DisplayContent: { Title: 'Fees', Body: 'None.' } },
    },
    {
      call: 'v2:ListProductPages',
      with: ofProduct,
      gives: {
        Items: [
          {
            LastModified: now,
            PageTitle: 'Fees',
            ProductPageArn: '$page.ProductPageArn',
            ProductPageId: '$page.ProductPageId',
          },
        ],
      },
    },
    {
      call: 'v2:CreateProductPage',
      with: { ...ofProduct, DisplayContent: { Title: 'Long', Body: 'x'.repeat(32_769) } },
      fails: [bad, 'Invalid DisplayContent.Body specified: expected 1 to 32768 characters, found 32769'],
    },
    {
      call: 'v2:DeleteProductPage',
      with: { ...ofProduct, ProductPageId: '$page.ProductPageId' },
      gives: {},
    },
    {
      call: 'v2:DeleteProductPage',
      with: { ...ofProduct, ProductPageId: '$page.ProductPageId' },
      fails: [missing, 'Invalid ProductPage identifier specified $page.ProductPageId'],
    },
  ],
  'pages of endpoints': [
    ...deployed,
    product,
    endpoint(),
    { call: 'v2:GetProductRestEndpointPage', with: ofEndpoint, gives: shownEndpoint },
    {
      call: 'v2:UpdateProductRestEndpointPage',
      with: {
        ...ofEndpoint,
        TryItState: 'DISABLED',
        DisplayContent: {
          Overrides: { Body: 'Mine', Endpoint: 'api.example.com/v1', OperationName: 'List' },
        },
      },
      gives: {
        ...shownEndpoint,
        TryItState: 'DISABLED',
        DisplayContent: { Body: 'Mine', Endpoint: 'api.example.com/v1', OperationName: 'List' },
      },
    },
    {
      call: 'v2:ListProductRestEndpointPages',
      with: ofProduct,
      gives: {
        Items: [
          {
            Endpoint: 'api.example.com/v1',
            OperationName: 'List',
            LastModified: now,
            ProductRestEndpointPageArn: shownEndpoint.ProductRestEndpointPageArn,
            ProductRestEndpointPageId: shownEndpoint.ProductRestEndpointPageId,
            RestEndpointIdentifier: { IdentifierParts },
            Status: 'AVAILABLE',
            TryItState: 'DISABLED',
          },
        ],
      },
    },
    {
      call: 'v2:UpdateProductRestEndpointPage',
      with: { ...ofEndpoint, DisplayContent: { None: {} } },
      has: { DisplayContent: shownEndpoint.DisplayContent },
    },
    {
      call: 'v2:GetProductRestEndpointPage',
      with: { ...ofEndpoint, IncludeRawDisplayContent: 'true' },
      has: { Status: 'AVAILABLE' },
    },
    { call: 'v2:DeleteProductRestEndpointPage', with: ofEndpoint, gives: {} },
    {
      call: 'v2:GetProductRestEndpointPage',
      with: ofEndpoint,
      fails: [
        missing,
        'Invalid ProductRestEndpointPage identifier specified $endpoint.ProductRestEndpointPageId',
      ],
    },
  ],
  'what is no endpoint': [
    ...deployed,
    product,
    {
      ...endpoint({ RestEndpointIdentifier: { IdentifierParts: { ...IdentifierParts, Method: 'PUT' } } }),
      fails: [missing, 'Invalid REST endpoint specified: stage prod of API $api.id has no PUT /'],
    },
    {
      ...endpoint({ RestEndpointIdentifier: { IdentifierParts: { ...IdentifierParts, Stage: 'dev' } } }),
      fails: [missing, 'Invalid stage identifier specified'],
    },
    {
      ...endpoint({ RestEndpointIdentifier: {} }),
      fails: [bad, 'Invalid RestEndpointIdentifier specified: expected its member IdentifierParts'],
    },
    {
      ...endpoint({ DisplayContent: { Overrides: { Endpoint: 'javascript:alert(1)' } } }),
      fails: [
        bad,
        'Invalid Overrides.Endpoint specified: javascript:alert(1). Expected an address such as https://api.example.com/v1',
      ],
    },
    {
      ...endpoint({ DisplayContent: { Overrides: { Endpoint: "https://x;script-src'unsafe-inline'" } } }),
      fails: [
        bad,
        "Invalid Overrides.Endpoint specified: https://x;script-src'unsafe-inline'. Expected an address such as https://api.example.com/v1",
      ],
    },
  ],
  'a sharing policy': [
    product,
    {
      call: 'v2:GetPortalProductSharingPolicy',
      with: ofProduct,
      gives: { PortalProductId: '$product.PortalProductId' },
    },
    {
      call: 'v2:PutPortalProductSharingPolicy',
      with: { ...ofProduct, PolicyDocument: policy({ AWS: '222222222222' }) },
      gives: {},
    },
    {
      call: 'v2:GetPortalProductSharingPolicy',
      with: ofProduct,
      gives: {
        PortalProductId: '$product.PortalProductId',
        PolicyDocument: policy({ AWS: '222222222222' }),
      },
    },
    { call: 'v2:DeletePortalProductSharingPolicy', with: ofProduct, gives: {} },
    {
      call: 'v2:GetPortalProductSharingPolicy',
      with: ofProduct,
      gives: { PortalProductId: '$product.PortalProductId' },
    },
    {
      call: 'v2:PutPortalProductSharingPolicy',
      with: { ...ofProduct, PolicyDocument: '{"Statement": []}' },
      fails: [bad, 'Invalid PolicyDocument specified: Statement. found no statement, expected at least one'],
    },
  ],
  'tags of portals and products': [
    product,
    create(),
    {
      call: 'v2:TagResource',
      with: { ResourceArn: '$portal.PortalArn', Tags: { team: 'b' } },
    },
    { call: 'v2:GetTags', with: { ResourceArn: '$portal.PortalArn' }, gives: { Tags: { team: 'b' } } },
    { call: 'v2:GetPortal', with: one, has: { Tags: { team: 'b' } } },
    { call: 'v2:UntagResource', with: { ResourceArn: '$product.PortalProductArn', TagKeys: ['team'] } },
    { call: 'v2:GetTags', with: { ResourceArn: '$product.PortalProductArn' }, gives: { Tags: {} } },
  ],
  'pages of lists': [
    product,
    page('A'),
    page('B'),
    page('C'),
    { call: 'v2:ListProductPages', with: { ...ofProduct, MaxResults: '2' }, as: 'list' },
    {
      call: 'v2:ListProductPages',
      with: { ...ofProduct, NextToken: '$list.NextToken' },
      has: { Items: [{ LastModified: now }] },
    },
    {
      call: 'v2:ListPortals',
      with: { MaxResults: 'many' },
      fails: [bad, 'Invalid maxResults parameter specified: many. Expected a whole number'],
    },
  ],
}

for (const [title, calls] of Object.entries(cases)) test(title, () => playBoth(calls))

test('an account has so many portals', () =>
  playBoth(
    [
      create(),
      {
        ...create(),
        fails: [
          'LimitExceededException',
          'Maximum number of Portals for this account has been reached.  Please contact AWS if you need additional Portals.',
        ],
      },
    ],
    { quotas: { portals: 1 } },
  ))
