import { describeCliScenario, type CliStep } from './support/cli-scenario.ts'

const api = '--api-id {api}'
const prod = `${api} --stage-name prod`
const domain = '--domain-name regional.example.com'
const certificate = 'arn:aws:acm:us-west-2:123456789012:certificate/123456789012-1234-1234-1234-12345678'
const configuration = {
  CertificateArn: certificate,
  EndpointType: 'REGIONAL',
  SecurityPolicy: 'TLS_1_2',
  DomainNameStatus: 'AVAILABLE',
}
const settings = '{"messages":{"ThrottlingBurstLimit":100,"ThrottlingRateLimit":2000}}'

/**
 * The commands that the CLI's own documentation and the developer guide show, as far as they are of stages, deployments,
 * domain names, mappings, VPC links and tags. Older CLIs know no routing rules.
 */
const scenario: readonly CliStep[] = [
  {
    run: 'create-api --name chat --protocol-type WEBSOCKET --route-selection-expression $request.body.action',
    keeps: { api: 'ApiId' },
  },
  { run: `create-route ${api} --route-key messages` },
  {
    run: `create-stage ${prod}`,
    has: { RouteSettings: {}, StageName: 'prod', StageVariables: {}, Tags: {} },
  },
  {
    run: `create-deployment ${prod}`,
    has: { AutoDeployed: false, DeploymentStatus: 'DEPLOYED' },
    keeps: { deployment: 'DeploymentId' },
  },
  {
    run: `update-deployment ${api} --deployment-id {deployment} --description fixed`,
    has: { AutoDeployed: false, DeploymentStatus: 'DEPLOYED', Description: 'fixed' },
  },
  {
    run: `update-stage ${prod} --route-settings ${settings} --stage-variables function=my-prod-function`,
    has: { RouteSettings: { messages: { ThrottlingBurstLimit: 100, ThrottlingRateLimit: 2000 } } },
  },
  { run: `delete-route-settings ${prod} --route-key messages` },
  { run: `reset-authorizers-cache ${prod}` },
  {
    run: `get-stage ${prod}`,
    has: { RouteSettings: {}, StageVariables: { function: 'my-prod-function' } },
  },
  {
    run: `delete-deployment ${api} --deployment-id {deployment}`,
    fails: /\(BadRequestException\).*: Active stages pointing to this deployment must be moved or deleted/,
  },
  {
    run: `create-domain-name ${domain} --domain-name-configurations CertificateArn=${certificate}`,
    has: {
      ApiMappingSelectionExpression: '$request.basepath',
      DomainName: 'regional.example.com',
      DomainNameConfigurations: [configuration],
    },
  },
  {
    run: `update-domain-name ${domain} --domain-name-configurations CertificateArn=${certificate}`,
    has: { DomainNameConfigurations: [configuration] },
  },
  {
    run: `create-api-mapping ${domain} --api-mapping-key myApi ${api} --stage prod`,
    has: { ApiMappingKey: 'myApi', Stage: 'prod' },
    keeps: { mapping: 'ApiMappingId' },
  },
  {
    run: `update-api-mapping ${domain} --api-mapping-id {mapping} --api-mapping-key dev ${api} --stage prod`,
    has: { ApiMappingKey: 'dev', Stage: 'prod' },
  },
  { run: `get-api-mappings ${domain}`, has: { Items: [{ ApiMappingKey: 'dev', Stage: 'prod' }] } },
  {
    run: 'create-vpc-link --name MyVpcLink --subnet-ids subnet-aaaa subnet-bbbb --security-group-ids sg1234 sg5678',
    has: {
      Name: 'MyVpcLink',
      SecurityGroupIds: ['sg1234', 'sg5678'],
      SubnetIds: ['subnet-aaaa', 'subnet-bbbb'],
      Tags: {},
      VpcLinkStatus: 'PENDING',
      VpcLinkStatusMessage: 'VPC link is provisioning ENIs',
      VpcLinkVersion: 'V2',
    },
  },
  {
    run: 'tag-resource --resource-arn arn:aws:apigateway:us-east-1::/apis/{api} --tags Project=p,Owner=o,more=m',
  },
  {
    run: 'untag-resource --resource-arn arn:aws:apigateway:us-east-1::/apis/{api} --tag-keys Project Owner',
  },
  {
    run: 'get-tags --resource-arn arn:aws:apigateway:us-east-1::/apis/{api}',
    has: { Tags: { more: 'm' } },
  },
]

describeCliScenario('apigatewayv2', scenario, () => [])
