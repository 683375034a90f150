# User pools, identity pools and web identities, as a project has them beside its APIs.
resource "aws_cognito_user_pool" "users" {
  name                     = "users"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  mfa_configuration        = "OFF"
  deletion_protection      = "INACTIVE"
  tags                     = { colour = var.colour }
  password_policy {
    minimum_length                   = local.red ? 10 : 12
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = false
    require_uppercase                = true
    temporary_password_validity_days = 3
  }
  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }
  admin_create_user_config {
    allow_admin_create_user_only = local.red
  }
  schema {
    name                = "team"
    attribute_data_type = "String"
    mutable             = true
    string_attribute_constraints {
      min_length = 1
      max_length = 64
    }
  }
}

resource "aws_cognito_user_pool" "plain" {
  name = "plain"
}

resource "aws_cognito_user_pool_domain" "users" {
  domain       = "pets-${local.red ? "red" : "blue"}"
  user_pool_id = aws_cognito_user_pool.users.id
}

resource "aws_cognito_resource_server" "pets" {
  identifier   = "pets"
  name         = "pets ${var.colour}"
  user_pool_id = aws_cognito_user_pool.users.id
  scope {
    scope_name        = "read"
    scope_description = "looks at pets"
  }
}

resource "aws_cognito_user_pool_client" "web" {
  name                         = "web"
  user_pool_id                 = aws_cognito_user_pool.users.id
  explicit_auth_flows          = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  supported_identity_providers = ["COGNITO"]
  callback_urls                = ["https://${var.colour}.example.com/"]
  logout_urls                  = ["https://${var.colour}.example.com/bye"]
  id_token_validity            = 30
  access_token_validity        = 30
  refresh_token_validity       = local.red ? 5 : 6
  token_validity_units {
    id_token      = "minutes"
    access_token  = "minutes"
    refresh_token = "days"
  }
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["openid", "${aws_cognito_resource_server.pets.identifier}/read"]
}

resource "aws_cognito_user_pool_client" "plain" {
  name            = "plain"
  user_pool_id    = aws_cognito_user_pool.plain.id
  generate_secret = true
}

resource "aws_cognito_user_group" "keepers" {
  name         = "keepers"
  user_pool_id = aws_cognito_user_pool.users.id
  description  = "who feed ${var.colour} pets"
  precedence   = local.red ? 1 : 2
  role_arn     = aws_iam_role.keeper.arn
}

resource "aws_cognito_user" "ada" {
  user_pool_id   = aws_cognito_user_pool.users.id
  username       = "ada@example.com"
  password       = "Correct-horse-1"
  message_action = "SUPPRESS"
  enabled        = local.red
  attributes = {
    email          = "ada@example.com"
    email_verified = true
    team           = var.colour
  }
}

resource "aws_cognito_user_in_group" "ada" {
  user_pool_id = aws_cognito_user_pool.users.id
  group_name   = aws_cognito_user_group.keepers.name
  username     = aws_cognito_user.ada.username
}

resource "aws_iam_openid_connect_provider" "builds" {
  url             = "https://token.example.com"
  client_id_list  = local.red ? ["builds"] : ["builds", "deploys"]
  thumbprint_list = ["${local.red ? "a" : "b"}${join("", [for i in range(39) : "0"])}"]
  tags            = { colour = var.colour }
}

data "aws_iam_openid_connect_provider" "builds" {
  arn = aws_iam_openid_connect_provider.builds.arn
}

resource "aws_cognito_identity_pool" "people" {
  identity_pool_name               = "people"
  allow_unauthenticated_identities = local.red
  allow_classic_flow               = true
  developer_provider_name          = "login.example.com"
  openid_connect_provider_arns     = [aws_iam_openid_connect_provider.builds.arn]
  supported_login_providers        = { "accounts.google.com" = "pets.apps.googleusercontent.com" }
  tags                             = { colour = var.colour }
  cognito_identity_providers {
    client_id               = aws_cognito_user_pool_client.web.id
    provider_name           = aws_cognito_user_pool.users.endpoint
    server_side_token_check = true
  }
}

data "aws_iam_policy_document" "people" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
    principals {
      type        = "Federated"
      identifiers = ["cognito-identity.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "cognito-identity.amazonaws.com:aud"
      values   = [aws_cognito_identity_pool.people.id]
    }
  }
}

resource "aws_iam_role" "person" {
  name               = "person"
  assume_role_policy = data.aws_iam_policy_document.people.json
}

resource "aws_iam_role" "keeper" {
  name               = "keeper"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_cognito_identity_pool_roles_attachment" "people" {
  identity_pool_id = aws_cognito_identity_pool.people.id
  roles = {
    authenticated   = aws_iam_role.person.arn
    unauthenticated = aws_iam_role.person.arn
  }
  role_mapping {
    identity_provider         = "${aws_cognito_user_pool.users.endpoint}:${aws_cognito_user_pool_client.web.id}"
    ambiguous_role_resolution = local.red ? "AuthenticatedRole" : "Deny"
    type                      = "Rules"
    mapping_rule {
      claim      = "custom:team"
      match_type = "Equals"
      value      = var.colour
      role_arn   = aws_iam_role.person.arn
    }
  }
}

resource "aws_cognito_identity_pool_provider_principal_tag" "people" {
  identity_pool_id       = aws_cognito_identity_pool.people.id
  identity_provider_name = aws_cognito_user_pool.users.endpoint
  use_defaults           = false
  principal_tags         = { team = local.red ? "custom:team" : "email" }
}

data "aws_cognito_user_pools" "users" {
  name       = "plain"
  depends_on = [aws_cognito_user_pool.plain]
}

data "aws_cognito_user_pool_clients" "users" {
  user_pool_id = aws_cognito_user_pool_client.web.user_pool_id
}
