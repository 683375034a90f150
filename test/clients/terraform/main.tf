# Every resource and data source that the provider has for REST APIs. `colour` changes most of them.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" {}
variable "colour" {}

locals {
  red      = var.colour == "red"
  function = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
  method = {
    rest_api_id = aws_api_gateway_rest_api.pets.id
    resource_id = aws_api_gateway_resource.pet.id
  }
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  endpoints {
    acm             = var.endpoint
    apigateway      = var.endpoint
    apigatewayv2    = var.endpoint
    cognitoidentity = var.endpoint
    cognitoidp      = var.endpoint
    iam             = var.endpoint
    lambda          = var.endpoint
    sts             = var.endpoint
  }
}

resource "aws_api_gateway_account" "here" {
  cloudwatch_role_arn = local.red ? "arn:aws:iam::000000000000:role/logs" : "arn:aws:iam::000000000000:role/others"
}

resource "aws_api_gateway_rest_api" "pets" {
  name                     = "pets-${var.colour}"
  description              = "of all kinds"
  binary_media_types       = ["image/png"]
  minimum_compression_size = local.red ? "100" : "200"
  api_key_source           = "HEADER"
  tags                     = { colour = var.colour }
  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_resource" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  parent_id   = aws_api_gateway_rest_api.pets.root_resource_id
  path_part   = "pets"
}

resource "aws_api_gateway_resource" "pet" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  parent_id   = aws_api_gateway_resource.pets.id
  path_part   = "{petId}"
}

resource "aws_api_gateway_model" "pet" {
  rest_api_id  = aws_api_gateway_rest_api.pets.id
  name         = "Pet"
  description  = "a ${var.colour} one"
  content_type = "application/json"
  schema       = jsonencode({ type = "object", properties = { name = { type = "string" } } })
}

resource "aws_api_gateway_request_validator" "all" {
  rest_api_id                 = aws_api_gateway_rest_api.pets.id
  name                        = "all"
  validate_request_body       = true
  validate_request_parameters = local.red
}

resource "aws_api_gateway_authorizer" "token" {
  rest_api_id                      = aws_api_gateway_rest_api.pets.id
  name                             = "token"
  type                             = "TOKEN"
  authorizer_uri                   = local.function
  identity_source                  = "method.request.header.X-Token"
  identity_validation_expression   = local.red ? "[a-z]+" : "[0-9]+"
  authorizer_result_ttl_in_seconds = local.red ? 10 : 0
}

resource "aws_api_gateway_authorizer" "pool" {
  rest_api_id   = aws_api_gateway_rest_api.pets.id
  name          = "pool"
  type          = "COGNITO_USER_POOLS"
  provider_arns = ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_${var.colour}"]
}

resource "aws_api_gateway_method" "get" {
  rest_api_id          = local.method.rest_api_id
  resource_id          = local.method.resource_id
  http_method          = "GET"
  authorization        = local.red ? "CUSTOM" : "NONE"
  authorizer_id        = local.red ? aws_api_gateway_authorizer.token.id : null
  api_key_required     = local.red
  operation_name       = "GetPet"
  request_validator_id = aws_api_gateway_request_validator.all.id
  request_models       = { "application/json" = aws_api_gateway_model.pet.name }
  request_parameters = {
    "method.request.path.petId"    = true
    "method.request.querystring.q" = local.red
  }
}

resource "aws_api_gateway_method" "post" {
  rest_api_id          = local.method.rest_api_id
  resource_id          = local.method.resource_id
  http_method          = "POST"
  authorization        = "COGNITO_USER_POOLS"
  authorizer_id        = aws_api_gateway_authorizer.pool.id
  authorization_scopes = local.red ? ["a", "b"] : ["b", "c"]
}

resource "aws_api_gateway_integration" "get" {
  rest_api_id          = local.method.rest_api_id
  resource_id          = local.method.resource_id
  http_method          = aws_api_gateway_method.get.http_method
  type                 = "MOCK"
  request_templates    = { "application/json" = "{\"statusCode\": 200}" }
  request_parameters   = { "integration.request.header.x" = "'${var.colour}'" }
  cache_key_parameters = ["method.request.path.petId"]
  cache_namespace      = "pets"
  timeout_milliseconds = local.red ? 29000 : 1000
}

resource "aws_api_gateway_integration" "post" {
  rest_api_id             = local.method.rest_api_id
  resource_id             = local.method.resource_id
  http_method             = aws_api_gateway_method.post.http_method
  type                    = "HTTP_PROXY"
  integration_http_method = "POST"
  uri                     = "https://backend.example/${var.colour}"
  connection_type         = "VPC_LINK"
  connection_id           = aws_api_gateway_vpc_link.backend.id
  passthrough_behavior    = "WHEN_NO_MATCH"
  tls_config {
    insecure_skip_verification = local.red
  }
}

resource "aws_api_gateway_method_response" "ok" {
  rest_api_id         = local.method.rest_api_id
  resource_id         = local.method.resource_id
  http_method         = aws_api_gateway_method.get.http_method
  status_code         = "200"
  response_models     = { "application/json" = aws_api_gateway_model.pet.name }
  response_parameters = { "method.response.header.X-Colour" = local.red }
}

resource "aws_api_gateway_integration_response" "ok" {
  rest_api_id         = local.method.rest_api_id
  resource_id         = local.method.resource_id
  http_method         = aws_api_gateway_method.get.http_method
  status_code         = aws_api_gateway_method_response.ok.status_code
  selection_pattern   = local.red ? "2.." : ""
  response_templates  = { "application/json" = "{\"colour\": \"${var.colour}\"}" }
  response_parameters = { "method.response.header.X-Colour" = "'${var.colour}'" }
  depends_on          = [aws_api_gateway_integration.get]
}

resource "aws_api_gateway_gateway_response" "throttled" {
  rest_api_id         = aws_api_gateway_rest_api.pets.id
  response_type       = "THROTTLED"
  status_code         = local.red ? "429" : "503"
  response_templates  = { "application/json" = "{\"message\": \"${var.colour}\"}" }
  response_parameters = { "gatewayresponse.header.Retry-After" = "'1'" }
}

resource "aws_api_gateway_documentation_part" "get" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  properties  = jsonencode({ description = "gets a ${var.colour} one" })
  location {
    type   = "METHOD"
    method = "GET"
    path   = "/pets/{petId}"
  }
}

resource "aws_api_gateway_documentation_version" "one" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  version     = "one"
  description = var.colour
  depends_on  = [aws_api_gateway_documentation_part.get]
}

resource "aws_api_gateway_deployment" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  description = "of ${var.colour}"
  triggers    = { colour = var.colour }
  depends_on  = [aws_api_gateway_integration_response.ok, aws_api_gateway_integration.post]
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_client_certificate" "pets" {
  description = "for ${var.colour}"
  tags        = { colour = var.colour }
}

resource "aws_api_gateway_stage" "dev" {
  rest_api_id           = aws_api_gateway_rest_api.pets.id
  deployment_id         = aws_api_gateway_deployment.pets.id
  stage_name            = "dev"
  description           = "for ${var.colour}"
  documentation_version = aws_api_gateway_documentation_version.one.version
  client_certificate_id = aws_api_gateway_client_certificate.pets.id
  variables             = { colour = var.colour }
  xray_tracing_enabled  = local.red
  tags                  = { colour = var.colour }
  access_log_settings {
    destination_arn = "arn:aws:logs:us-east-1:000000000000:log-group:${var.colour}"
    format          = "$context.requestId ${var.colour}"
  }
  canary_settings {
    deployment_id            = aws_api_gateway_deployment.pets.id
    percent_traffic          = local.red ? 10 : 20
    stage_variable_overrides = { colour = "grey" }
  }
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  stage_name  = aws_api_gateway_stage.dev.stage_name
  method_path = "*/*"
  settings {
    metrics_enabled        = true
    throttling_burst_limit = 5
    throttling_rate_limit  = local.red ? 10 : 20
  }
}

resource "aws_api_gateway_method_settings" "get" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  stage_name  = aws_api_gateway_stage.dev.stage_name
  method_path = "pets~1{petId}/GET"
  settings {
    logging_level        = local.red ? "INFO" : "ERROR"
    caching_enabled      = local.red
    cache_ttl_in_seconds = 60
  }
  depends_on = [aws_api_gateway_account.here]
}

resource "aws_api_gateway_api_key" "given" {
  name        = "given-${var.colour}"
  description = "of ${var.colour}"
  enabled     = local.red
  value       = "a-value-of-more-than-20-characters"
  tags        = { colour = var.colour }
}

resource "aws_api_gateway_api_key" "generated" {
  name = "generated"
}

resource "aws_api_gateway_usage_plan" "gold" {
  name         = "gold-${var.colour}"
  description  = "of ${var.colour}"
  product_code = "gold"
  tags         = { colour = var.colour }
  api_stages {
    api_id = aws_api_gateway_rest_api.pets.id
    stage  = aws_api_gateway_stage.dev.stage_name
    throttle {
      path        = "/pets/{petId}/GET"
      burst_limit = 3
      rate_limit  = local.red ? 4 : 5
    }
  }
  quota_settings {
    limit  = local.red ? 20 : 30
    offset = 2
    period = "WEEK"
  }
  throttle_settings {
    burst_limit = 5
    rate_limit  = local.red ? 10 : 20
  }
}

resource "aws_api_gateway_usage_plan_key" "given" {
  key_id        = aws_api_gateway_api_key.given.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.gold.id
}

resource "aws_api_gateway_vpc_link" "backend" {
  name        = "backend"
  description = "of ${var.colour}"
  target_arns = ["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/a/50dc6c495c0c9188"]
  tags        = { colour = var.colour }
}

resource "aws_acm_certificate" "pets" {
  domain_name       = "pets.example"
  validation_method = "DNS"
  tags              = { colour = var.colour }
}

resource "aws_api_gateway_domain_name" "pets" {
  domain_name              = "pets.example"
  # Stays as it is: the provider waits a minute after each change of a domain name.
  regional_certificate_arn = aws_acm_certificate.pets.arn
  security_policy          = "TLS_1_2"
  tags                     = { colour = var.colour }
  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_base_path_mapping" "pets" {
  domain_name = aws_api_gateway_domain_name.pets.domain_name
  api_id      = aws_api_gateway_rest_api.pets.id
  stage_name  = aws_api_gateway_stage.dev.stage_name
  base_path   = local.red ? "v1" : "v2"
}

resource "aws_api_gateway_rest_api" "imported" {
  name = "imported"
  body = jsonencode({
    openapi = "3.0.1"
    info    = { title = "imported", version = "1" }
    paths = {
      "/x" = {
        get = {
          responses = { "200" = { description = "ok" } }
          "x-amazon-apigateway-integration" = {
            type       = "HTTP_PROXY"
            httpMethod = "GET"
            uri        = "https://backend.example/${var.colour}"
          }
        }
      }
    }
  })
}

resource "aws_api_gateway_rest_api_policy" "imported" {
  rest_api_id = aws_api_gateway_rest_api.imported.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = local.red ? "Allow" : "Deny", Principal = "*", Action = "execute-api:Invoke", Resource = "*" }]
  })
}

resource "aws_api_gateway_rest_api" "put" {
  name = "put"
}

resource "aws_api_gateway_rest_api_put" "put" {
  rest_api_id      = aws_api_gateway_rest_api.put.id
  fail_on_warnings = true
  triggers         = { colour = var.colour }
  body = jsonencode({
    swagger = "2.0"
    info    = { title = "put", version = var.colour }
    paths = {
      "/${var.colour}" = {
        get = {
          responses = { "200" = { description = "ok" } }
          "x-amazon-apigateway-integration" = {
            type             = "mock"
            requestTemplates = { "application/json" = "{\"statusCode\": 200}" }
            responses        = { default = { statusCode = "200" } }
          }
        }
      }
    }
  })
}

resource "aws_api_gateway_domain_name" "private" {
  domain_name     = "private.pets.example"
  certificate_arn = aws_acm_certificate.pets.arn
  security_policy = "TLS_1_2"
  endpoint_configuration {
    types = ["PRIVATE"]
  }
}

resource "aws_api_gateway_domain_name_access_association" "private" {
  access_association_source      = "vpce-1a2b3c4d5e6f7a8b9"
  access_association_source_type = "VPCE"
  domain_name_arn                = aws_api_gateway_domain_name.private.arn
  tags                           = { colour = var.colour }
}

data "aws_api_gateway_rest_api" "pets" {
  name = aws_api_gateway_rest_api.pets.name
}

data "aws_api_gateway_resource" "pet" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  path        = aws_api_gateway_resource.pet.path
}

data "aws_api_gateway_export" "dev" {
  rest_api_id = aws_api_gateway_stage.dev.rest_api_id
  stage_name  = aws_api_gateway_stage.dev.stage_name
  export_type = "oas30"
}

data "aws_api_gateway_sdk" "dev" {
  rest_api_id = aws_api_gateway_stage.dev.rest_api_id
  stage_name  = aws_api_gateway_stage.dev.stage_name
  sdk_type    = "javascript"
}

data "aws_api_gateway_api_key" "given" {
  id = aws_api_gateway_api_key.given.id
}

data "aws_api_gateway_api_keys" "all" {
  include_values = true
  depends_on     = [aws_api_gateway_api_key.given, aws_api_gateway_api_key.generated]
}

data "aws_api_gateway_authorizer" "token" {
  rest_api_id   = aws_api_gateway_rest_api.pets.id
  authorizer_id = aws_api_gateway_authorizer.token.id
}

data "aws_api_gateway_authorizers" "all" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  depends_on  = [aws_api_gateway_authorizer.token, aws_api_gateway_authorizer.pool]
}

data "aws_api_gateway_domain_name" "pets" {
  domain_name = aws_api_gateway_domain_name.pets.domain_name
}

data "aws_api_gateway_vpc_link" "backend" {
  name = aws_api_gateway_vpc_link.backend.name
}

output "authorizers" {
  value = length(data.aws_api_gateway_authorizers.all.ids)
}
