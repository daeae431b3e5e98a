use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use opentelemetry::KeyValue;
use sqlx::{Error, SqlSafeStr};
use tachograph_core::semconv::attribute as attr;

use super::{
    connection::PoolConnection,
    driver::Driver,
    lease,
    metrics::{Observable, Observers, PoolState},
    recording::Origin,
    transaction::Transaction,
};

/// A pool of sqlx whose statements are recorded.
///
/// A reference to it is an [`Executor`](sqlx::Executor), so that call sites stay as they are: `query(…).fetch_all(&pool)`. Clones
/// are the same pool.
///
/// Its name, the label of its metrics, is `{database}@{host}:{port}` as far as these are known; [`with_name`](Self::with_name)
/// gives another. Pools of one name are added up.
pub struct Pool<DB: Driver> {
    shared: Arc<Shared<DB>>,
}

/// What the clones of a pool and its connections have in common.
pub(super) struct Shared<DB: Driver> {
    pub(super) pool: sqlx::Pool<DB>,
    pub(super) origin: Origin,
    pub(super) attributes: [KeyValue; 1],
    pub(super) pending: AtomicI64,
    pub(super) observers: Observers,
    name: Arc<str>,
}

impl<DB: Driver> Shared<DB> {
    fn new(pool: sqlx::Pool<DB>, origin: Origin, name: Arc<str>) -> Arc<Self> {
        Arc::new(Self {
            pool,
            origin,
            attributes: [KeyValue::new(attr::DB_POOL_NAME, Arc::clone(&name))],
            pending: AtomicI64::new(0),
            observers: Observers::default(),
            name,
        })
    }
}

impl<DB: Driver> Observable for Shared<DB> {
    fn state(&self) -> Option<PoolState> {
        if self.pool.is_closed() {
            return None;
        }
        let idle = i64::try_from(self.pool.num_idle()).unwrap_or(i64::MAX);
        Some(PoolState {
            name: Arc::clone(&self.name),
            idle,
            // The two numbers are of two moments.
            used: i64::from(self.pool.size()).saturating_sub(idle).max(0),
            idle_min: i64::from(self.pool.options().get_min_connections()),
            limit: i64::from(self.pool.options().get_max_connections()),
            pending: self.pending.load(Ordering::Relaxed),
        })
    }
}

impl<DB: Driver> Pool<DB> {
    /// Records what goes through this pool. What goes by the pool itself, or a clone of it, is not seen.
    #[must_use]
    pub fn new(pool: sqlx::Pool<DB>) -> Self {
        let origin = Origin::of(DB::server(&pool.connect_options()));
        let name = origin.server().name().into();
        Self { shared: Shared::new(pool, origin, name) }
    }

    /// Connects to `url` with the options that are sqlx's default. For others make the pool by `sqlx::pool::PoolOptions` and give
    /// it to [`new`](Self::new).
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Pool::connect`. They are not recorded: no statement ran.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        sqlx::Pool::connect(url).await.map(Self::new)
    }

    /// The same, but opens the first connection when one is needed.
    ///
    /// # Errors
    ///
    /// When `url` cannot be read.
    pub fn connect_lazy(url: &str) -> Result<Self, Error> {
        sqlx::Pool::connect_lazy(url).map(Self::new)
    }

    /// Gives the pool a name for its metrics. Call it before the pool is used: clones and connections that exist keep the old name.
    #[must_use]
    pub fn with_name(self, name: impl Into<Arc<str>>) -> Self {
        let Shared { pool, origin, .. } = &*self.shared;
        Self { shared: Shared::new(pool.clone(), origin.clone(), name.into()) }
    }

    /// The name of the pool in its metrics.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The pool of sqlx, for what this type does not have (migrations, options). Statements on it are not recorded.
    #[must_use]
    pub fn inner(&self) -> &sqlx::Pool<DB> {
        &self.shared.pool
    }

    /// Takes a connection from the pool. Waiting for it is in `db.client.connection.wait_time`; there is no span.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Pool::acquire`. A time-out is counted in `db.client.connection.timeouts`.
    pub async fn acquire(&self) -> Result<PoolConnection<DB>, Error> {
        let leased = lease::acquire(&self.shared).await?;
        Ok(PoolConnection::of(leased, self.shared.origin.clone()))
    }

    /// Takes a connection if one is idle.
    #[must_use]
    pub fn try_acquire(&self) -> Option<PoolConnection<DB>> {
        let leased = lease::try_acquire(&self.shared)?;
        Some(PoolConnection::of(leased, self.shared.origin.clone()))
    }

    /// Takes a connection and begins a transaction on it, recorded as `BEGIN` with the wait.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Pool::begin`.
    pub async fn begin(&self) -> Result<Transaction<'static, DB>, Error> {
        let recording = self.shared.origin.verb("BEGIN");
        let work = async {
            let leased = lease::acquire(&self.shared).await?;
            Transaction::begin_on(leased, self.shared.origin.clone(), None).await
        };
        let transaction = recording.inside(work).await;
        recording.finish(&transaction);
        transaction
    }

    /// The same with a statement of one's own, such as `BEGIN ISOLATION LEVEL SERIALIZABLE`.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Pool::begin_with`.
    pub async fn begin_with(&self, statement: impl SqlSafeStr) -> Result<Transaction<'static, DB>, Error> {
        let statement = statement.into_sql_str();
        let recording = self.shared.origin.statement(statement.as_str());
        let work = async {
            let leased = lease::acquire(&self.shared).await?;
            Transaction::begin_on(leased, self.shared.origin.clone(), Some(statement)).await
        };
        let transaction = recording.inside(work).await;
        recording.finish(&transaction);
        transaction
    }

    /// Closes the pool and waits until every connection was given back. Its metrics end.
    pub async fn close(&self) {
        self.shared.pool.close().await;
    }

    /// Whether the pool was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.pool.is_closed()
    }

    /// How many connections are open.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.shared.pool.size()
    }

    /// How many of them are idle.
    #[must_use]
    pub fn num_idle(&self) -> usize {
        self.shared.pool.num_idle()
    }

    pub(super) fn shared(&self) -> &Arc<Shared<DB>> {
        &self.shared
    }
}

impl<DB: Driver> Clone for Pool<DB> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<DB: Driver> From<sqlx::Pool<DB>> for Pool<DB> {
    fn from(pool: sqlx::Pool<DB>) -> Self {
        Self::new(pool)
    }
}

impl<DB: Driver> fmt::Debug for Pool<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The options, which sqlx prints, may hold a password.
        f.debug_struct("Pool").field("name", &self.shared.name).field("size", &self.size()).finish_non_exhaustive()
    }
}
