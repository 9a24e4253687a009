using Crid.Core;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.State;

/// <summary>The SQLite database of the daemon: one connection, one writer, write-ahead log.</summary>
/// <remarks>
/// Lists and statuses are answered from memory, so the database is read at start and written on changes only. On a full disk it lives on what
/// its write-ahead log has already, and on a reserve of its own.
/// </remarks>
public sealed class Database : IAsyncDisposable
{
    // SQLite's primary result codes.
    private const int InputOutputError = 10;
    private const int Full = 13;
    private const int CannotOpen = 14;

    private readonly SqliteConnection _connection;
    private readonly DiskReserve _reserve;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private Durability _durability = Durability.Process;

    private Database(SqliteConnection connection, DiskReserve reserve)
    {
        _connection = connection;
        _reserve = reserve;
    }

    /// <summary>Opens or creates the database and brings its schema up to date.</summary>
    /// <param name="path">Where it is; its reserve lies beside it.</param>
    /// <param name="logger">Hears of the reserve.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="CridException">FailedPrecondition: a newer crid wrote it. Internal: it can't be opened or is no database.</exception>
    public static Database Open(string path, ILogger? logger = null, TimeProvider? time = null)
    {
        DiskReserve reserve = new($"{path}-reserve", logger ?? NullLogger.Instance, time ?? TimeProvider.System);
        try
        {
            Database database = new(Connect(path, reserve), reserve);
            reserve.Restore();
            return database;
        }
        catch (SqliteException exception)
        {
            throw CridException.Wrap($"open database '{path}'", exception);
        }
    }

    /// <summary>Runs work in one transaction; when this returns the change has the durability that was asked for.</summary>
    /// <param name="durability">What the change has to survive.</param>
    /// <param name="work">Changes rows and nothing else: on a full disk it is run again.</param>
    /// <param name="cancellationToken">Ends the wait for the writers before.</param>
    public async Task WriteAsync(Durability durability, Action<SqliteConnection> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            Write(durability, work);
            _reserve.Restore();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Runs a query.</summary>
    public async Task<T> ReadAsync<T>(Func<SqliteConnection, T> query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return query(_connection);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        await _connection.DisposeAsync();
        _gate.Dispose();
    }

    private static SqliteConnection Connect(string path, DiskReserve reserve)
    {
        while (true)
        {
            try
            {
                return Connect(path);
            }
            catch (SqliteException exception) when (IsWantOfSpace(exception, reserve) && reserve.TryRelease())
            {
                // Again, with what was released.
            }
        }
    }

    private static SqliteConnection Connect(string path)
    {
        SqliteConnectionStringBuilder settings = new() { DataSource = path, Pooling = false };
        SqliteConnection connection = new(settings.ToString());
        try
        {
            connection.Open();

            // Nobody else opens it. Shared, the log's index would be a mapped file, for which a full disk has no answer but SIGBUS.
            Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, "PRAGMA synchronous = NORMAL");
            Execute(connection, "PRAGMA foreign_keys = ON");
            Execute(connection, "PRAGMA cache_size = -512");
            Schema.Migrate(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A full disk may also show as an error of input and output, or as a log that can't be opened.</summary>
    private static bool IsWantOfSpace(SqliteException exception, DiskReserve reserve) =>
        exception.SqliteErrorCode == Full || (exception.SqliteErrorCode is InputOutputError or CannotOpen && reserve.HasLittleRoom);

    /// <summary>
    /// On a full disk the log is emptied into the database first, which lets it begin anew in the space that it has. Only where that does not
    /// do, the reserve is used, and at once: others are after what it releases.
    /// </summary>
    private void Write(Durability durability, Action<SqliteConnection> work)
    {
        for (int tries = 0; ; tries++)
        {
            try
            {
                if (tries == 1)
                {
                    Execute(_connection, "PRAGMA wal_checkpoint(PASSIVE)");
                }

                SetDurability(durability);
                using SqliteTransaction transaction = _connection.BeginTransaction();
                work(_connection);
                transaction.Commit();
                return;
            }
            catch (SqliteException exception) when (IsWantOfSpace(exception, _reserve) && (tries == 0 || _reserve.TryRelease()))
            {
                // Again, with what was emptied or released.
            }
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant statements of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private void SetDurability(Durability durability)
    {
        if (_durability != durability)
        {
            Execute(_connection, durability == Durability.Power ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
            _durability = durability;
        }
    }
}
