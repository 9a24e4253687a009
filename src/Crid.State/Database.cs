using Crid.Core;
using Microsoft.Data.Sqlite;

namespace Crid.State;

/// <summary>The SQLite database of the daemon: one connection, one writer, write-ahead log.</summary>
/// <remarks>Lists and statuses are answered from memory, so the database is read at start and written on changes only.</remarks>
public sealed class Database : IAsyncDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private Durability _durability = Durability.Process;

    private Database(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens or creates the database and brings its schema up to date.</summary>
    /// <exception cref="CridException">FailedPrecondition: a newer crid wrote it. Internal: it can't be opened or is no database.</exception>
    public static Database Open(string path)
    {
        SqliteConnectionStringBuilder settings = new() { DataSource = path, Pooling = false };
        SqliteConnection connection = new(settings.ToString());
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, "PRAGMA synchronous = NORMAL");
            Execute(connection, "PRAGMA foreign_keys = ON");
            Execute(connection, "PRAGMA cache_size = -512");
            Schema.Migrate(connection);
            return new Database(connection);
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw CridException.Wrap($"open database '{path}'", exception);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs work in one transaction; when this returns the change has the durability that was asked for.</summary>
    public async Task WriteAsync(Durability durability, Action<SqliteConnection> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            SetDurability(durability);
            using SqliteTransaction transaction = _connection.BeginTransaction();
            work(_connection);
            transaction.Commit();
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
