//! The people who can sign in.
//!
//! They are made at the first start with random passwords and kept in the database. An administrator's switch
//! (`POST /people/USERNAME` at the control address) disables and enables them.

use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;
use uuid::Uuid;

use crate::db::Db;
use crate::random;

/// Somebody with an account, with what Keycloak's mappers put into their tokens.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub user_id: Uuid,
    pub username: String,
    pub password: String,
    pub name: String,
    pub email: String,
    /// Code of the transferring body; `None` for an account that was never given one.
    pub body_code: Option<String>,
    pub standard_user: bool,
    pub judgment_user: bool,
    pub enabled: bool,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person")
            .field("user_id", &self.user_id)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Access to the accounts.
#[derive(Clone)]
pub(crate) struct People {
    db: Db,
}

impl People {
    /// Opens the accounts in `db`, and creates them if they do not exist.
    pub(crate) fn open(db: &Db) -> rusqlite::Result<Self> {
        db.with(|db| {
            db.execute_batch(
                "create table if not exists people (
                    position integer primary key, user_id text not null unique, username text not null unique,
                    password text not null, name text not null, email text not null, body_code text,
                    standard_user integer not null, judgment_user integer not null, enabled integer not null) strict",
            )?;
            let transaction = db.transaction()?;
            let count: i64 = transaction.query_row("select count(*) from people", [], |row| row.get(0))?;
            if count == 0 {
                for seed in SEEDS {
                    transaction.execute(
                        "insert into people (user_id, username, password, name, email, body_code, standard_user, judgment_user, enabled)
                         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1)",
                        params![
                            Uuid::new_v5(&NAMESPACE, seed.username.as_bytes()).to_string(),
                            seed.username,
                            random::readable(12),
                            seed.name,
                            format!("{}@example.org", seed.username),
                            seed.body_code,
                            seed.standard_user,
                            seed.judgment_user,
                        ],
                    )?;
                }
            }
            transaction.commit()
        })?;
        Ok(Self { db: db.clone() })
    }

    /// Everybody, the first user first.
    pub(crate) fn all(&self) -> rusqlite::Result<Vec<Person>> {
        self.db.with(|db| {
            let mut statement = db.prepare_cached("select * from people order by position")?;
            let rows = statement.query_map([], read_person)?;
            rows.collect()
        })
    }

    /// Returns the person with this id.
    pub(crate) fn by_user_id(&self, user_id: Uuid) -> Option<Person> {
        self.find("select * from people where user_id = ?1", &user_id.to_string())
    }

    /// Returns the person with this user name. As in Keycloak, case makes no difference and the e-mail address will do.
    pub(crate) fn by_username(&self, username: &str) -> Option<Person> {
        self.find("select * from people where username = ?1 or email = ?1", &username.trim().to_lowercase())
    }

    /// Adds a person of a realm elsewhere, in place of a person with the same name here.
    pub(crate) fn adopt(&self, person: &Person) -> rusqlite::Result<()> {
        self.db.with(|db| {
            db.execute(
                "insert into people (user_id, username, password, name, email, body_code, standard_user, judgment_user, enabled)
                 values (?1, ?2, '', ?3, ?4, ?5, ?6, ?7, 1)
                 on conflict (username) do update set user_id = excluded.user_id, name = excluded.name, email = excluded.email,
                     body_code = excluded.body_code, standard_user = excluded.standard_user,
                     judgment_user = excluded.judgment_user",
                params![
                    person.user_id.to_string(),
                    person.username,
                    person.name,
                    person.email,
                    person.body_code,
                    person.standard_user,
                    person.judgment_user,
                ],
            )
        })?;
        Ok(())
    }

    /// Enables or disables an account; returns false if no account has that name.
    pub(crate) fn set_enabled(&self, username: &str, enabled: bool) -> rusqlite::Result<bool> {
        let changed = self
            .db
            .with(|db| db.execute("update people set enabled = ?2 where username = ?1", params![username, enabled]))?;
        Ok(changed > 0)
    }

    fn find(&self, sql: &str, key: &str) -> Option<Person> {
        let found = self.db.with(|db| db.prepare_cached(sql)?.query_row([key], read_person).optional());
        found.unwrap_or_else(|error| {
            tracing::error!(%error, "people could not be read");
            None
        })
    }
}

impl Person {
    /// Returns the claims that Keycloak's mappers add for this person. TDR's mappers give the flags as strings.
    pub(crate) fn claims(&self) -> serde_json::Map<String, serde_json::Value> {
        let (given, family) = self.name.split_once(' ').unwrap_or((&self.name, ""));
        let mut claims = serde_json::Map::new();
        claims.insert("sub".into(), json!(self.user_id));
        claims.insert("name".into(), json!(self.name));
        claims.insert("given_name".into(), json!(given));
        claims.insert("family_name".into(), json!(family));
        claims.insert("preferred_username".into(), json!(self.username));
        claims.insert("email".into(), json!(self.email));
        claims.insert("email_verified".into(), json!(true));
        claims.insert("user_id".into(), json!(self.user_id));
        if let Some(body) = &self.body_code {
            claims.insert("body".into(), json!(body));
        }
        if self.standard_user {
            claims.insert("standard_user".into(), json!("true"));
        }
        if self.judgment_user {
            claims.insert("judgment_user".into(), json!("true"));
        }
        claims
    }
}

fn read_person(row: &Row<'_>) -> rusqlite::Result<Person> {
    let user_id: String = row.get("user_id")?;
    Ok(Person {
        user_id: Uuid::parse_str(&user_id).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
        })?,
        username: row.get("username")?,
        password: row.get("password")?,
        name: row.get("name")?,
        email: row.get("email")?,
        body_code: row.get("body_code")?,
        standard_user: row.get("standard_user")?,
        judgment_user: row.get("judgment_user")?,
        enabled: row.get("enabled")?,
    })
}

/// The namespace of seeded ids, so that the same person has the same id in every sandbox.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_7c1e_93a4_4b0b_8a54_9d8b_1f0e_55aa);

struct Seed {
    username: &'static str,
    name: &'static str,
    body_code: Option<&'static str>,
    standard_user: bool,
    judgment_user: bool,
}

/// A records officer, an officer of another body, a person without a body, and a court's clerk.
const SEEDS: [Seed; 4] = [
    Seed {
        username: "amina.osei",
        name: "Amina Osei",
        body_code: Some("MOCK1"),
        standard_user: true,
        judgment_user: false,
    },
    Seed {
        username: "bryn.hughes",
        name: "Bryn Hughes",
        body_code: Some("MOCK2"),
        standard_user: true,
        judgment_user: false,
    },
    Seed { username: "chen.li", name: "Chen Li", body_code: None, standard_user: true, judgment_user: false },
    Seed {
        username: "dana.frank",
        name: "Dana Frank",
        body_code: Some("MOCK1"),
        standard_user: false,
        judgment_user: true,
    },
];
