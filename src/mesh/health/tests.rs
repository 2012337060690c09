use super::*;

const GOOD: Health = Health { size: 2, is_safe: true, is_alone: false, is_draining: false };
const LONELY: Health = Health { size: 1, is_safe: false, is_alone: true, is_draining: false };
const DRAINING: Health = Health { is_draining: true, ..GOOD };

fn list() -> MemberList {
    let member = |number: u8, is_self: bool, is_lite: bool| ListedMember {
        id: NodeId([number; 16]),
        address: SocketAddr::from(([192, 168, 5, number], 5701)),
        product: "1.2.3".to_owned(),
        is_self,
        is_lite,
    };
    let members = vec![member(1, false, false), member(2, true, true)];
    MemberList { instance: "two".to_owned(), version: 7, members, askers: 1, connections: 3 }
}

fn respond(head: &str, form: ProbeForm, health: Health) -> Option<Response> {
    let request = parse(head, form)?;
    Some(match answers::group_of(&request)? {
        ProbeGroup::HealthCheck => answers::health(&request, health),
        ProbeGroup::ClusterRead => answers::cluster(&request, &list()),
    })
}

fn get(path: &str, form: ProbeForm, health: Health) -> (&'static str, Option<&'static str>, String) {
    let head = format!("GET /hazelcast/{path} HTTP/1.1\r\nHost: x\r\n\r\n");
    let response = respond(&head, form, health).expect("an answer");
    assert_eq!(response.headers, "");
    (response.status, response.content_type, response.body)
}

#[test]
fn endpoints_answer_in_both_forms() {
    use ProbeForm::{Json, Text};
    const JSON: Option<&str> = Some("application/json");
    let text_summary = "Hazelcast::NodeState=ACTIVE\nHazelcast::ClusterState=ACTIVE\n\
        Hazelcast::ClusterSafe=TRUE\nHazelcast::MigrationQueueSize=0\nHazelcast::ClusterSize=2\n";
    let json_summary = "{\"nodeState\":\"ACTIVE\",\"clusterState\":\"ACTIVE\",\"clusterSafe\":true,\
        \"migrationQueueSize\":0,\"clusterSize\":2}";
    let text_list = "\n\nMembers {size:2, ver:7} [\n\
        \tMember [192.168.5.1]:5701 - 01010101-0101-0101-0101-010101010101\n\
        \tMember [192.168.5.2]:5701 - 02020202-0202-0202-0202-020202020202 this lite\n]\n\n\
        ConnectionCount: 1\nAllConnectionCount: 3\n";
    let json_list = "{\"members\":[\
        {\"address\":\"[192.168.5.1]:5701\",\"liteMember\":false,\"localMember\":false,\
        \"uuid\":\"01010101-0101-0101-0101-010101010101\",\"memberVersion\":\"1.2.3\"},\
        {\"address\":\"[192.168.5.2]:5701\",\"liteMember\":true,\"localMember\":true,\
        \"uuid\":\"02020202-0202-0202-0202-020202020202\",\"memberVersion\":\"1.2.3\"}],\
        \"connectionCount\":1,\"allConnectionCount\":3}";
    let cases = [
        ("health/node-state", Json, "200 OK", JSON, "\"ACTIVE\""),
        ("health/node-state", Text, "200 OK", None, "ACTIVE"),
        ("health/cluster-state", Json, "200 OK", JSON, "\"ACTIVE\""),
        ("health/cluster-state", Text, "200 OK", None, "ACTIVE"),
        ("health/cluster-size", Json, "200 OK", JSON, "2"),
        ("health/cluster-size", Text, "200 OK", None, "2"),
        ("health/migration-queue-size", Json, "200 OK", JSON, "0"),
        ("health/migration-queue-size", Text, "200 OK", None, "0"),
        ("health/cluster-safe", Json, "200 OK", None, ""),
        ("health/cluster-safe", Text, "200 OK", None, ""),
        ("health/ready", Json, "200 OK", None, ""),
        ("health/ready?x=1", Text, "200 OK", None, ""),
        ("health/unknown", Json, "400 Bad Request", None, ""),
        ("health/", Json, "400 Bad Request", None, ""),
        ("health/node-state/", Text, "400 Bad Request", None, ""),
        ("health?x=1", Json, "400 Bad Request", None, ""),
        ("healthy", Json, "400 Bad Request", None, ""),
        ("health", Json, "200 OK", JSON, json_summary),
        ("health", Text, "200 OK", Some("text/plain"), text_summary),
        ("health?format=text", Json, "200 OK", Some("text/plain"), text_summary),
        ("health?format=json", Text, "200 OK", JSON, json_summary),
        ("rest/cluster", Json, "200 OK", JSON, json_list),
        ("rest/cluster", Text, "200 OK", None, text_list),
        ("rest/cluster/x", Text, "200 OK", None, text_list),
        ("rest/instance", Json, "200 OK", JSON, "{\"name\":\"two\"}"),
    ];
    for (path, form, status, content_type, body) in cases {
        assert_eq!(get(path, form, GOOD), (status, content_type, body.to_owned()), "{path} {form:?}");
    }
}

#[test]
fn a_lonely_node_says_so() {
    assert_eq!(get("health/cluster-safe", ProbeForm::Json, LONELY).0, "503 Service Unavailable");
    assert!(get("health", ProbeForm::Json, LONELY).2.contains("\"unexpectedlyAlone\":true"));
    assert!(get("health", ProbeForm::Text, LONELY).2.contains("Cobnut::UnexpectedlyAlone=TRUE"));
}

#[test]
fn a_draining_node_lives_and_wants_no_new_clients() {
    assert_eq!(get("health/ready", ProbeForm::Json, DRAINING).0, "503 Service Unavailable");
    let (status, _, body) = get("health/node-state", ProbeForm::Json, DRAINING);
    assert_eq!((status, body.as_str()), ("200 OK", "\"PASSIVE\""));
    assert_eq!(get("health/node-state", ProbeForm::Text, DRAINING).2, "PASSIVE");
    assert!(get("health", ProbeForm::Text, DRAINING).2.contains("Cobnut::Draining=TRUE"));
    assert!(get("health", ProbeForm::Json, DRAINING).2.ends_with(",\"draining\":true}"));
}

#[test]
fn other_paths_and_rubbish_get_no_answer() {
    for head in [
        "GET /hazelcast/rest/maps/a/b HTTP/1.1\r\n\r\n",
        "GET /hazelcast/ HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET\r\n\r\n",
        "GET x HTTP/1.1\r\n\r\n",
        "\r\n\r\n",
    ] {
        assert_eq!(respond(head, ProbeForm::Json, GOOD), None, "{head:?}");
    }
    // Members of 3.x know no such path.
    assert_eq!(respond("GET /hazelcast/rest/instance HTTP/1.1\r\n\r\n", ProbeForm::Text, GOOD), None);
}

#[test]
fn other_methods_find_nothing() {
    for head in [
        "POST /hazelcast/health HTTP/1.1\r\n\r\n",
        "HEAD /hazelcast/health/ready HTTP/1.1\r\n\r\n",
        "DELETE /hazelcast/rest/cluster HTTP/1.1\r\n\r\n",
    ] {
        let response = respond(head, ProbeForm::Json, GOOD).expect("an answer");
        assert_eq!((response.status, response.body.as_str()), ("404 Not Found", ""), "{head:?}");
    }
}

#[test]
fn head_gives_fields_and_no_body() {
    let response = respond("HEAD /hazelcast/health HTTP/1.1\r\n\r\n", ProbeForm::Json, GOOD);
    let text = render(&response.expect("answer"), true, true);
    assert!(text.contains("Hazelcast-ClusterSize: 2\r\n") && text.ends_with("\r\n\r\n"), "{text}");
    let response = respond("HEAD /hazelcast/rest/cluster HTTP/1.1\r\n\r\n", ProbeForm::Json, GOOD);
    assert_eq!(response.expect("answer").status, "200 OK");
}
