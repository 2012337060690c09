//! `security`: JAAS realms, permissions of clients and members.

use super::info::{AttributeInfo, ElementInfo, FLAG, INTEGER, TEXT, attribute, group, one_of, value};
use super::shared::PROPERTIES;
use super::why;

const ROLE_SEARCH_SCOPES: &[&str] = &["object", "one-level", "subtree"];

const ROLE_MAPPING_MODES: &[&str] = &["attribute", "direct", "reverse"];

const USAGES: &[&str] = &["REQUIRED", "OPTIONAL", "REQUISITE", "SUFFICIENT"];

const NAMES: &[&str] = &["all", "instance", "member"];

const ACTION_NAMES: &[&str] = &[
    "all",
    "create",
    "destroy",
    "modify",
    "read",
    "remove",
    "lock",
    "listen",
    "release",
    "acquire",
    "put",
    "add",
    "index",
    "intercept",
    "publish",
    "aggregate",
    "projection",
    "deploy",
    "use",
    "optimize",
    "submit",
    "cancel",
    "restart",
    "export-snapshot",
    "add-resources",
    "write",
    "instance",
    "member",
    "migration",
    "view-mapping",
    "create-view",
    "drop-view",
    "create-type",
    "drop-type",
    "view-dataconnection",
    "create-dataconnection",
    "drop-dataconnection",
    "get",
    "set",
    "offer",
    "poll",
    "take",
    "increment",
    "decrement",
    "execute",
    "countdown",
    "drain",
    "statistics",
];

const ACTIONS: ElementInfo = group("actions").children(&[value("action", one_of(ACTION_NAMES)).repeats()]);

const ENDPOINTS: ElementInfo = group("endpoints").children(&[value("endpoint", TEXT).repeats()]);

const LOGIN_MODULE: ElementInfo = group("login-module")
    .attributes(&[
        attribute("class-name", TEXT).required(),
        attribute("usage", one_of(USAGES)).default("REQUIRED"),
    ])
    .children(&[PROPERTIES]);

const PRINCIPAL: AttributeInfo = attribute("principal", TEXT).default("*");
const DENY: AttributeInfo = attribute("deny", FLAG).since(5, 4).default("false");

/// A permission on everything of one kind.
const fn permission(name: &'static str) -> ElementInfo {
    group(name).repeats().attributes(const { &[PRINCIPAL, DENY] }).children(const { &[ENDPOINTS] })
}

/// A permission on the structures that a name or pattern covers.
const fn named_permission(name: &'static str) -> ElementInfo {
    let attributes = const { &[PRINCIPAL, DENY, attribute("name", TEXT).required()] };
    group(name).repeats().attributes(attributes).children(const { &[ENDPOINTS, ACTIONS] })
}

/// Elements below `hazelcast` on this subject.
pub(super) const SECURITY: &[ElementInfo] = &[group("security")
    .refused(why::SECURITY)
    .attributes(&[attribute("enabled", FLAG).default("false")])
    .children(&[
        group("client-permission-policy")
            .no_effect(why::CLIENTS)
            .attributes(&[attribute("class-name", TEXT).required()])
            .children(&[PROPERTIES]),
        group("client-permissions")
            .no_effect(why::CLIENTS)
            .attributes(&[
                attribute("on-join-operation", one_of(&["RECEIVE", "SEND", "NONE"]))
                    .since(3, 12)
                    .default("RECEIVE"),
                attribute("priority-grant", FLAG).since(5, 4).default("false"),
            ])
            .children(&[
                group("all-permissions").repeats().attributes(&[PRINCIPAL, DENY]).children(&[ENDPOINTS]),
                named_permission("map-permission"),
                named_permission("queue-permission"),
                named_permission("multimap-permission"),
                named_permission("topic-permission"),
                named_permission("list-permission"),
                named_permission("set-permission"),
                named_permission("lock-permission"),
                named_permission("atomic-long-permission").since(3, 0),
                named_permission("atomic-reference-permission").since(3, 12),
                named_permission("countdown-latch-permission"),
                named_permission("semaphore-permission"),
                named_permission("cpmap-permission").since(5, 4),
                named_permission("flake-id-generator-permission").since(3, 12),
                named_permission("executor-service-permission"),
                named_permission("durable-executor-service-permission").since(3, 7),
                named_permission("cardinality-estimator-permission").since(3, 8),
                named_permission("scheduled-executor-permission").since(3, 8),
                named_permission("pn-counter-permission").since(3, 10),
                permission("transaction-permission"),
                named_permission("cache-permission").since(3, 8),
                named_permission("user-code-deployment-permission").since(3, 12),
                permission("config-permission").since(3, 9),
                named_permission("ring-buffer-permission").since(3, 12),
                named_permission("reliable-topic-permission").since(3, 12),
                named_permission("replicatedmap-permission").since(4, 1),
                group("management-permission")
                    .since(4, 2)
                    .repeats()
                    .attributes(&[PRINCIPAL, DENY, attribute("name", TEXT)])
                    .children(&[ENDPOINTS]),
                group("job-permission")
                    .since(5, 0)
                    .repeats()
                    .attributes(&[PRINCIPAL, DENY])
                    .children(&[ENDPOINTS, ACTIONS]),
                named_permission("connector-permission").since(5, 0),
                named_permission("sql-permission").since(5, 0),
                named_permission("user-code-namespace-permission").since(5, 4),
                named_permission("vector-collection-permission").since(5, 5),
                named_permission("id-generator-permission").until(3, 12),
                group("listener-permission")
                    .since(2, 5)
                    .until(3, 0)
                    .repeats()
                    .attributes(&[PRINCIPAL, attribute("name", one_of(NAMES)).required()])
                    .children(&[ENDPOINTS]),
                named_permission("atomic-number-permission").until(2, 5),
                group("listener-permisson")
                    .until(2, 4)
                    .repeats()
                    .attributes(&[PRINCIPAL, attribute("name", one_of(NAMES)).required()])
                    .children(&[ENDPOINTS]),
            ]),
        group("security-interceptors").since(3, 3).no_effect(why::CLIENTS).children(&[group("interceptor")
            .repeats()
            .attributes(&[attribute("class-name", TEXT).required()])]),
        value("client-block-unmapped-actions", FLAG).since(3, 10).default("true").no_effect(why::CLIENTS),
        group("realms").since(4, 0).children(&[group("realm")
            .repeats()
            .attributes(&[attribute("name", TEXT).required()])
            .children(&[
                group("authentication").children(&[
                    group("jaas").children(&[group("login-module")
                        .repeats()
                        .attributes(&[
                            attribute("class-name", TEXT).required(),
                            attribute("usage", one_of(USAGES)).default("REQUIRED"),
                        ])
                        .children(&[PROPERTIES])]),
                    group("tls").attributes(&[attribute("roleAttribute", TEXT).default("cn")]).children(&[
                        value("skip-identity", FLAG).since(4, 1).repeats(),
                        value("skip-endpoint", FLAG).since(4, 1).repeats(),
                        value("skip-role", FLAG).since(4, 1).repeats(),
                    ]),
                    group("ldap").children(&[
                        value("skip-identity", FLAG).since(4, 1).repeats(),
                        value("skip-endpoint", FLAG).since(4, 1).repeats(),
                        value("skip-role", FLAG).since(4, 1).repeats(),
                        value("url", TEXT).repeats(),
                        value("socket-factory-class-name", TEXT).repeats(),
                        value("parse-dn", FLAG).repeats(),
                        value("role-context", TEXT).repeats(),
                        value("role-filter", TEXT).repeats(),
                        value("role-mapping-attribute", TEXT).repeats(),
                        value("role-mapping-mode", one_of(ROLE_MAPPING_MODES)).repeats(),
                        value("role-name-attribute", TEXT).repeats(),
                        value("role-recursion-max-depth", INTEGER).repeats(),
                        value("role-search-scope", one_of(ROLE_SEARCH_SCOPES)).repeats(),
                        value("user-name-attribute", TEXT).repeats(),
                        value("system-user-dn", TEXT).repeats(),
                        value("system-user-password", TEXT).repeats(),
                        value("system-authentication", TEXT).since(4, 1).repeats(),
                        value("security-realm", TEXT).since(4, 1).repeats(),
                        value("password-attribute", TEXT).repeats(),
                        value("user-context", TEXT).repeats(),
                        value("user-filter", TEXT).repeats(),
                        value("user-search-scope", one_of(ROLE_SEARCH_SCOPES)).repeats(),
                        value("skip-authentication", FLAG).since(4, 1).repeats(),
                    ]),
                    group("simple").since(5, 0).children(&[
                        value("skip-identity", FLAG).repeats(),
                        value("skip-endpoint", FLAG).repeats(),
                        value("skip-role", FLAG).repeats(),
                        group("user")
                            .repeats()
                            .attributes(&[
                                attribute("username", TEXT).required(),
                                attribute("password", TEXT).required(),
                            ])
                            .children(&[value("role", TEXT).repeats()]),
                        value("role-separator", TEXT).default(",").repeats(),
                    ]),
                    group("kerberos").since(4, 1).children(&[
                        value("skip-identity", FLAG).repeats(),
                        value("skip-endpoint", FLAG).repeats(),
                        value("skip-role", FLAG).repeats(),
                        value("relax-flags-check", FLAG).repeats(),
                        value("use-name-without-realm", FLAG).repeats(),
                        value("security-realm", TEXT).repeats(),
                        value("principal", TEXT).repeats(),
                        value("keytab-file", TEXT).repeats(),
                        group("ldap").repeats().children(&[
                            value("skip-identity", FLAG).repeats(),
                            value("skip-endpoint", FLAG).repeats(),
                            value("skip-role", FLAG).repeats(),
                            value("url", TEXT).repeats(),
                            value("socket-factory-class-name", TEXT).repeats(),
                            value("parse-dn", FLAG).repeats(),
                            value("role-context", TEXT).repeats(),
                            value("role-filter", TEXT).repeats(),
                            value("role-mapping-attribute", TEXT).repeats(),
                            value("role-mapping-mode", one_of(ROLE_MAPPING_MODES)).repeats(),
                            value("role-name-attribute", TEXT).repeats(),
                            value("role-recursion-max-depth", INTEGER).repeats(),
                            value("role-search-scope", one_of(ROLE_SEARCH_SCOPES)).repeats(),
                            value("user-name-attribute", TEXT).repeats(),
                            value("system-user-dn", TEXT).repeats(),
                            value("system-user-password", TEXT).repeats(),
                            value("system-authentication", TEXT).repeats(),
                            value("security-realm", TEXT).repeats(),
                            value("password-attribute", TEXT).repeats(),
                            value("user-context", TEXT).repeats(),
                            value("user-filter", TEXT).repeats(),
                            value("user-search-scope", one_of(ROLE_SEARCH_SCOPES)).repeats(),
                            value("skip-authentication", FLAG).repeats(),
                        ]),
                    ]),
                ]),
                group("identity").children(&[
                    group("username-password").attributes(&[
                        attribute("username", TEXT).required(),
                        attribute("password", TEXT).required(),
                    ]),
                    group("credentials-factory")
                        .attributes(&[attribute("class-name", TEXT).required()])
                        .children(&[PROPERTIES]),
                    value("token", TEXT).attributes(&[attribute("encoding", one_of(&["none", "base64"]))]),
                    group("kerberos").since(4, 1).children(&[
                        value("realm", TEXT),
                        value("security-realm", TEXT),
                        value("principal", TEXT),
                        value("keytab-file", TEXT),
                        value("service-name-prefix", TEXT),
                        value("spn", TEXT),
                        value("use-canonical-hostname", FLAG),
                    ]),
                ]),
                group("access-control-service")
                    .since(5, 4)
                    .children(&[value("factory-class-name", TEXT), PROPERTIES]),
            ])]),
        group("member-authentication").since(4, 0).attributes(&[attribute("realm", TEXT).required()]),
        group("client-authentication")
            .since(4, 0)
            .no_effect(why::CLIENTS)
            .attributes(&[attribute("realm", TEXT).required()]),
        group("member-credentials-factory")
            .until(3, 12)
            .attributes(&[attribute("class-name", TEXT).required()])
            .children(&[PROPERTIES]),
        group("member-login-modules").until(3, 12).children(&[LOGIN_MODULE.repeats()]),
        group("client-login-modules")
            .until(3, 12)
            .no_effect(why::CLIENTS)
            .children(&[LOGIN_MODULE.repeats()]),
    ])];
