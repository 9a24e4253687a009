using System.Globalization;
using Crid.Core;
using Crid.Testing;
using Microsoft.Data.Sqlite;

namespace Crid.State.Tests;

public sealed class DatabaseTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string FilePath => _directory.Combine("crid.db");

    [Fact]
    public async Task Open_NewFile_HasEveryTable()
    {
        await using Database database = Database.Open(FilePath);

        List<string> tables = await database.ReadAsync(connection =>
            Strings(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"));

        Assert.Equal(
            ["boot", "containers", "image_layers", "image_names", "image_volumes", "images", "layers", "sandboxes", "schema_version", "snapshots"], tables);
    }

    [Fact]
    public async Task Open_Again_KeepsWhatWasWritten()
    {
        await using (Database first = Database.Open(FilePath))
        {
            await first.WriteAsync(Durability.Process, connection => Execute(connection, "INSERT INTO boot (id) VALUES ('x')"));
        }

        await using Database second = Database.Open(FilePath);

        Assert.Equal(["x"], await second.ReadAsync(connection => Strings(connection, "SELECT id FROM boot")));
    }

    [Fact]
    public async Task Open_OldestSchema_IsBroughtUpToDateAndKeepsItsRows()
    {
        await using (SqliteConnection connection = new($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            Execute(connection, ImagesMigration.Sql);
            Execute(connection, "CREATE TABLE schema_version (version INTEGER NOT NULL); INSERT INTO schema_version VALUES (1)");
            Execute(connection, "INSERT INTO images VALUES ('id', x'00', 0, 0)");
        }

        await using Database database = Database.Open(FilePath);

        Assert.Equal(["id"], await database.ReadAsync(connection => Strings(connection, "SELECT id FROM images")));
        Assert.Empty(await database.ReadAsync(connection => Strings(connection, "SELECT id FROM sandboxes")));
    }

    [Fact]
    public async Task Open_NewerSchema_IsRefusedAndUntouched()
    {
        await using (Database database = Database.Open(FilePath))
        {
            await database.WriteAsync(Durability.Process, connection => Execute(connection, "UPDATE schema_version SET version = 99"));
        }

        CridException exception = Assert.Throws<CridException>(() => Database.Open(FilePath));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Contains("99", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoDatabase_SaysWhichFile()
    {
        File.WriteAllText(FilePath, new string('x', 5000));

        CridException exception = Assert.Throws<CridException>(() => Database.Open(FilePath));

        Assert.Equal(ErrorKind.Internal, exception.Kind);
        Assert.Contains(FilePath, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_WorkFails_NothingOfItStays()
    {
        await using Database database = Database.Open(FilePath);

        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(Durability.Process, connection =>
        {
            Execute(connection, "INSERT INTO boot (id) VALUES ('x')");
            throw new InvalidOperationException();
        }));

        Assert.Empty(await database.ReadAsync(connection => Strings(connection, "SELECT id FROM boot")));
    }

    [Theory]
    [InlineData(Durability.Process, "1")]
    [InlineData(Durability.Power, "2")]
    public async Task WriteAsync_Durability_SetsHowCommitsAreSynchronised(Durability durability, string synchronous)
    {
        await using Database database = Database.Open(FilePath);

        await database.WriteAsync(Durability.Power, _ => { });
        await database.WriteAsync(durability, connection => Execute(connection, "INSERT INTO boot (id) VALUES ('x')"));

        Assert.Equal([synchronous], await database.ReadAsync(connection => Strings(connection, "PRAGMA synchronous")));
    }

    [Fact]
    public async Task WriteAsync_ManyAtOnce_AllArrive()
    {
        await using Database database = Database.Open(FilePath);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(number => Task.Run(() =>
            database.WriteAsync(Durability.Process, connection => Execute(connection, $"INSERT INTO boot (id) VALUES ('{number}')")))));

        Assert.Equal(100, (await database.ReadAsync(connection => Strings(connection, "SELECT id FROM boot"))).Count);
    }

    [Fact]
    public async Task WriteAsync_ProcessEndsWithoutClosing_TheRowIsThere()
    {
        await using Database left = Database.Open(FilePath);
        await left.WriteAsync(Durability.Process, connection => Execute(connection, "INSERT INTO boot (id) VALUES ('x')"));
        foreach (string suffix in (string[])["", "-wal"])
        {
            File.Copy(FilePath + suffix, _directory.Combine("copy.db") + suffix);
        }

        await using Database found = Database.Open(_directory.Combine("copy.db"));

        Assert.Equal(["x"], await found.ReadAsync(connection => Strings(connection, "SELECT id FROM boot")));
    }

    public void Dispose() => _directory.Dispose();

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant statements of these tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static List<string> Strings(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant statements of these tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        using SqliteDataReader reader = command.ExecuteReader();
        List<string> strings = [];
        while (reader.Read())
        {
            strings.Add(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture)!);
        }

        return strings;
    }
}
