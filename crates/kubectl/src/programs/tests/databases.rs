//! MongoDB and MySQL, as their clients ask them.

use super::Terminal;
use crate::shell::prompt;

#[test]
fn a_replica_set_elects_another_primary_when_its_member_dies() {
    let mut terminal = Terminal::of("mongodb", "mongo:3.6", "/data/db", 27017);
    terminal.says("kubectl exec -it mongodb-0 -- bash");
    assert_eq!(prompt(&terminal.1), "root@mongodb-0:/# ");
    terminal.says("mongo --quiet");
    assert_eq!(prompt(&terminal.1), "> ");
    terminal.expect(&[
        ("rs.initiate( {\n  _id : \"rs0\",\n  members: [ { _id : 0, host : \"mongodb-0.mongodbs\" } ]\n});", "{ \"ok\" : 1 }\n"),
        ("rs.add(\"mongodb-1.mongodbs\");\nrs.add(\"mongodb-2.mongodbs\");", "{ \"ok\" : 1 }\n{ \"ok\" : 1 }\n"),
        ("db.pets.insert({_id: 7, name: \"a\"})", "WriteResult({ \"nInserted\" : 1 })\n"),
    ]);
    assert_eq!(prompt(&terminal.1), "rs0:PRIMARY> ");
    terminal.expect(&[
        ("exit", "bye\n"),
        ("exit", ""),
        (
            "kubectl exec mongodb-1 -- mongo --quiet --eval 'db.pets.find()'",
            "Error: error: {\n\t\"ok\" : 0,\n\t\"errmsg\" : \"not master and slaveOk=false\",\n\t\"code\" : 13435,\n\t\"codeName\" : \"NotMasterNoSlaveOk\"\n}\n",
        ),
        (
            "kubectl exec mongodb-1 -- mongo --quiet --eval 'rs.slaveOk(); db.pets.find({name: \"a\"}); db.pets.find({name: \"b\"}).count()'",
            "{ \"_id\" : 7, \"name\" : \"a\" }\n0\n",
        ),
        (
            "kubectl exec mongodb-2 -- mongo mongodb-0.mongodbs --quiet --eval 'db.pets.count()'",
            "1\n",
        ),
        ("kubectl exec mongodb-1 -- mongo --eval 'db.isMaster()' | grep ismaster", "\t\"ismaster\" : false,\n"),
    ]);
    let node = {
        let world = terminal.0.world();
        let object = world
            .store
            .find(ordinal_api::Kind::Pod, "default", "mongodb-0");
        let pod = object
            .and_then(|o| o.as_pod())
            .expect("the member is there");
        pod.node_name.to_string()
    };
    terminal.says(&format!("power-off {node}; sleep 60"));
    terminal.expect(&[
        (
            "kubectl exec mongodb-1 -- mongo --eval 'db.isMaster()' | grep ismaster",
            "\t\"ismaster\" : true,\n",
        ),
        (
            "kubectl exec mongodb-2 -- mongo --eval 'rs.status()' | grep -c PRIMARY",
            "1\n",
        ),
    ]);
}

#[test]
fn each_database_has_its_own_disk() {
    let mut terminal = Terminal::of("mysql", "mysql:5.7", "/var/lib/mysql", 3306);
    terminal.expect(&[
        ("kubectl exec mysql-0 -- mysql -e \"CREATE DATABASE d; USE d; CREATE TABLE t (id int, name text); INSERT INTO t VALUES (1, 'a'), (20, 'b')\"", ""),
        ("kubectl exec mysql-0 -- mysql d -e 'SELECT * FROM t'", "id\tname\n1\ta\n20\tb\n"),
        (
            "kubectl exec -it mysql-0 -- mysql -e \"SELECT name, id FROM d.t WHERE id = 20\"",
            "+------+----+\n| name | id |\n+------+----+\n| b    | 20 |\n+------+----+\n",
        ),
        ("kubectl exec mysql-1 -- mysql -e 'SELECT * FROM d.t'; echo $?", "ERROR 1146 (42S02) at line 1: Table 'd.t' doesn't exist\ncommand terminated with exit code 1\n1\n"),
        ("kubectl exec mysql-1 -- mysql -h mysql-0.mysqls -e 'SELECT COUNT(*) FROM d.t'", "COUNT(*)\n2\n"),
        ("kubectl exec mysql-1 -- mysql -h nowhere -e 'SELECT 1'", "ERROR 2005 (HY000): Unknown MySQL server host 'nowhere' (-2)\ncommand terminated with exit code 1\n"),
        ("kubectl exec mysql-0 -- mysql -uroot -pwrong -e 'SELECT 1'", "mysql: [Warning] Using a password on the command line interface can be insecure.\nERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)\ncommand terminated with exit code 1\n"),
    ]);
    terminal.says("kubectl exec -it mysql-0 -- mysql");
    assert_eq!(prompt(&terminal.1), "mysql> ");
    terminal.expect(&[
        ("SELECT * FROM", ""),
        ("t;", "ERROR 1046 (3D000): No database selected\n"),
        ("use d", "Database changed\n"),
        ("DELETE FROM t WHERE id = 1;", "Query OK, 1 row affected (0.01 sec)\n\n"),
        (
            "SELECT * FROM t;",
            "+----+------+\n| id | name |\n+----+------+\n| 20 | b    |\n+----+------+\n1 row in set (0.00 sec)\n\n",
        ),
        ("SHOW TABLES;", "+-------------+\n| Tables_in_d |\n+-------------+\n| t           |\n+-------------+\n1 row in set (0.00 sec)\n\n"),
        ("exit", "Bye\n"),
    ]);
}

#[test]
fn a_server_with_users_wants_to_know_who_asks() {
    let mut terminal = Terminal::of("mongodb", "mongo:3.6", "/data/db", 27017);
    terminal.says("kubectl patch sts mongodb --type=json -p '[{\"op\":\"add\",\"path\":\"/spec/template/spec/containers/0/command\",\"value\":[\"mongod\",\"--auth\",\"--replSet\",\"rs0\"]}]'; sleep 120");
    let user = "db.createUser({ user: 'admin', pwd: 'secret', roles: [ {role: 'clusterAdmin', db: 'admin'} ] })";
    let refused = "{\n\t\"ok\" : 0,\n\t\"errmsg\" : \"not authorized on admin to execute command\",\n\t\"code\" : 13,\n\t\"codeName\" : \"Unauthorized\"\n}\n";
    terminal.says("kubectl exec -it mongodb-0 -- mongo --quiet");
    terminal.expect(&[
        ("rs.initiate()", "{ \"ok\" : 1 }\n"),
        ("use admin", "switched to db admin\n"),
        (user, "Successfully added user: { \"user\" : \"admin\", \"roles\" : [ { \"role\" : \"clusterAdmin\", \"db\" : \"admin\" } ] }\n"),
        ("rs.add('mongodb-1.mongodbs')", refused),
        ("db.auth('admin', 'wrong')", "Error: Authentication failed.\n0\n"),
        ("db.auth('admin', 'secret')", "1\n"),
        ("rs.add('mongodb-1.mongodbs')", "{ \"ok\" : 1 }\n"),
        ("exit", "bye\n"),
        ("kubectl exec mongodb-0 -- mongo --quiet --eval 'db.a.count()'", refused),
        ("kubectl exec mongodb-0 -- mongo --quiet -u admin -p secret --eval 'db.a.count()'", "0\n"),
    ]);
}
