//! The files under test are the article's, typo and odd indentation included.

use anyhow::{Context as _, Result};
use compat_tests::repository_root;

const SERVER_1: &str = r#"<join>
    <multicast enabled="false">
    <multicast-group>224.2.2.3</multicast-group>
    <multicast-port>54327</multicast-port>
    </multicast>
    <tcp-ip enabled="true">
        <member>192.168.5.2:5701</member>
        <member>192.168.5.1:5701</member>
    </tcp-ip>
    <aws enabled="false"/>
</join>
<interfaces enabled="true">
    <interface>192.168.5.1</interface>
</interfaces>
"#;

const SERVER_2: &str = r#"<join>
    <multicast enabled="false">
    <multicast-group>224.2.2.3</multicast-group>
    <multicast-port>54327</multicast-port>
    </multicast>
    <tcp-ip enabled="true">
        <member>192.168.5:1:5701</member>
        <member>192.168.5.2:5701</member>
    </tcp-ip>
    <aws enabled="false"/>
</join>
<interfaces enabled="true">
    <interface>192.168.5.2</interface>
</interfaces>
"#;

#[test]
fn the_files_are_as_printed() -> Result<()> {
    for (name, printed) in [("server1.xml", SERVER_1), ("server2.xml", SERVER_2)] {
        let path = repository_root().join("conf/article").join(name);
        let found = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        assert_eq!(found, printed, "{name}");
    }
    Ok(())
}
