import type {
  ApiGatewayV2Operations,
  Authorization,
  EndpointConfigurationRequest,
  PortalContent as ContentInput,
  PortalSummary,
} from '#aws/tables/apigatewayv2.ts'
import type { CustomColors, Portal, PortalAuthorization, PortalContent, PortalDomain } from '#model/portal.ts'
import { records } from '#model/records.ts'
import { badRequest, notFound } from '../apigateway/errors.ts'
import type { Reader } from '../apigateway/find.ts'
import { topLevelKey, type Place } from '../apigateway/keys.ts'
import { regionalHostedZoneId } from '../apigateway/regional-hosted-zone.ts'
import { checkedLength, checkedOptional, checkUnion } from './portal-checks.ts'
import type { Environment } from './environment.ts'
import { capitalized, uncapitalized } from './wire-names.ts'

/** What its owner says of a portal, as both making and changing it do. */
type PortalInput = Omit<
  ApiGatewayV2Operations['UpdatePortal']['input'],
  'PortalId' | 'IncludedPortalProductArns'
>

/** @throws NotFoundException */
export async function findPortal(reader: Reader, place: Place, portalId: string): Promise<Portal> {
  const found = await reader.read(records.portal, topLevelKey(place, portalId))
  if (found === undefined) throw notFound(`Invalid Portal identifier specified ${portalId}`)
  return found.value
}

/** What is said replaces what was; nothing is as before. An empty text is none. @throws BadRequestException */
export function changedPortal(portal: Portal, input: PortalInput): Portal {
  const { Authorization, EndpointConfiguration, LogoUri, PortalContent, RumAppMonitorName } = input
  return {
    ...portal,
    authorization: Authorization === undefined ? portal.authorization : authorizationOf(Authorization),
    customDomain:
      EndpointConfiguration === undefined ? portal.customDomain : customDomainOf(EndpointConfiguration),
    logoUri: LogoUri === undefined ? portal.logoUri : checkedOptional('LogoUri', LogoUri),
    portalContent: PortalContent === undefined ? portal.portalContent : contentOf(PortalContent),
    rumAppMonitorName:
      RumAppMonitorName === undefined
        ? portal.rumAppMonitorName
        : checkedOptional('RumAppMonitorName', RumAppMonitorName),
  }
}

function authorizationOf(union: Authorization): PortalAuthorization {
  checkUnion('Authorization', { CognitoConfig: union.CognitoConfig, None: union.None })
  const { CognitoConfig: cognito } = union
  if (cognito === undefined) return {}
  const appClientId = checkedLength('CognitoConfig.AppClientId', cognito.AppClientId)
  const userPoolDomain = checkedLength('CognitoConfig.UserPoolDomain', cognito.UserPoolDomain)
  const userPoolArn = checkedLength('CognitoConfig.UserPoolArn', cognito.UserPoolArn)
  if (!/^arn:[\w-]+:cognito-idp:[\w-]+:\d{12}:userpool\/[\w-]+$/.test(userPoolArn)) {
    throw badRequest(
      `Invalid CognitoConfig.UserPoolArn specified: ${userPoolArn}. Expected the ARN of a user pool`,
    )
  }
  return { cognito: { appClientId, userPoolArn, userPoolDomain } }
}

function customDomainOf(union: EndpointConfigurationRequest): PortalDomain | undefined {
  checkUnion('EndpointConfiguration', { AcmManaged: union.AcmManaged, None: union.None })
  const { AcmManaged: managed } = union
  if (managed === undefined) return undefined
  const certificateArn = checkedLength('AcmManaged.CertificateArn', managed.CertificateArn)
  const domainName = checkedLength('AcmManaged.DomainName', managed.DomainName).toLowerCase()
  if (!/^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/.+$/.test(certificateArn)) {
    throw badRequest(
      `Invalid AcmManaged.CertificateArn specified: ${certificateArn}. Expected the ARN of a certificate`,
    )
  }
  if (!/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]$/.test(domainName)) {
    throw badRequest(
      `Invalid AcmManaged.DomainName specified: ${domainName}. Expected a domain name such as portal.example.com`,
    )
  }
  return { certificateArn, domainName }
}

function contentOf({ DisplayName, Description, Theme }: ContentInput): PortalContent {
  const colors = uncapitalized(Theme.CustomColors)
  for (const color of Object.values(colors)) checkedLength('CustomColor', color)
  return {
    displayName: checkedLength('PortalContent.DisplayName', DisplayName),
    description: checkedOptional('Description', Description),
    customColors: colors satisfies CustomColors,
    logoLastUploaded: Theme.LogoLastUploaded,
  }
}

export function portalArn(partition: string, { account, region }: Place, portalId: string): string {
  return `arn:${partition}:apigateway:${region}:${account}:/portals/${portalId}`
}

export function portalOutput(
  portal: Portal,
  place: Place,
  { partition, portalAddressOf, sealer, clock }: Environment,
): PortalSummary {
  const { authorization, customDomain, portalContent, portalId, preview } = portal
  const address = portalAddressOf(portalId, place.region)
  return {
    Authorization:
      authorization.cognito === undefined
        ? { None: {} }
        : { CognitoConfig: capitalized(authorization.cognito) },
    EndpointConfiguration: {
      ...(customDomain && capitalized(customDomain)),
      PortalDefaultDomainName: address.domainName,
      PortalDomainHostedZoneId: regionalHostedZoneId(place.region),
    },
    IncludedPortalProductArns: portal.includedPortalProductArns,
    LastModified: portal.lastModified,
    LastPublished: portal.lastPublished,
    LastPublishedDescription: portal.lastPublishedDescription,
    PortalArn: portalArn(partition, place, portalId),
    PortalContent: {
      DisplayName: portalContent.displayName,
      Description: portalContent.description,
      Theme: {
        CustomColors: capitalized(portalContent.customColors),
        LogoLastUploaded: portalContent.logoLastUploaded,
      },
    },
    PortalId: portalId,
    Preview: previewOutput(),
    PublishStatus: portal.publishStatus,
    RumAppMonitorName: portal.rumAppMonitorName,
    StatusException: portal.statusException && capitalized(portal.statusException),
    Tags: portal.tags ?? {},
  }

  function previewOutput(): PortalSummary['Preview'] {
    if (preview === undefined) return undefined
    if ('failure' in preview) {
      return { PreviewStatus: 'PREVIEW_FAILED', StatusException: capitalized(preview.failure) }
    }
    if (preview.until <= clock.now()) return undefined
    const token = sealer.open(preview.token, previewPlace(portalId))
    return { PreviewStatus: 'PREVIEW_READY', PreviewUrl: `${address.origin}${previewPath(token)}` }
  }
}

/** Where the token of a preview is sealed for. */
export function previewPlace(portalId: string): string {
  return `portal-preview/${portalId}`
}

/** Below which the pages of a preview are. */
export function previewPath(token: string): string {
  return `/_preview/${token}/`
}
