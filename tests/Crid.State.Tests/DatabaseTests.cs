using System.Globalization;
using Crid.Core;
using Crid.Testing;
using Microsoft.Data.Sqlite;

namespace Crid.State.Tests;

public sealed class DatabaseTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string FilePath => _directory.Combine("crid.db");

    private string ReservePath => _directory.Combine("crid.db-reserve");

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

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(4, 3)]
    public async Task WriteAsync_DiskFull_IsTriedAgainAndTakesPortionsOfTheReserve(int failures, int portions)
    {
        await using Database database = Database.Open(FilePath);
        int tries = 0;

        await database.WriteAsync(Durability.Process, connection =>
        {
            Execute(connection, "INSERT INTO boot (id) VALUES ('x')");
            Fail(++tries <= failures, 13);
        });

        Assert.Equal(["x"], await database.ReadAsync(connection => Strings(connection, "SELECT id FROM boot")));
        Assert.Equal(DiskReserve.Length - (portions * DiskReserve.Portion), new FileInfo(ReservePath).Length);
    }

    [Fact]
    public async Task WriteAsync_DiskStaysFull_FailsOnceTheReserveIsUsedUp()
    {
        await using Database database = Database.Open(FilePath);

        SqliteException exception = await Assert.ThrowsAsync<SqliteException>(() => database.WriteAsync(Durability.Process, _ => Fail(true, 13)));

        Assert.Equal(13, exception.SqliteErrorCode);
        Assert.Equal(0, new FileInfo(ReservePath).Length);
        await database.WriteAsync(Durability.Process, connection => Execute(connection, "INSERT INTO boot (id) VALUES ('x')"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(19)]
    public async Task WriteAsync_OtherErrorOnADiskWithRoom_IsNotTriedAgain(int code)
    {
        await using Database database = Database.Open(FilePath);
        int tries = 0;

        await Assert.ThrowsAsync<SqliteException>(() => database.WriteAsync(Durability.Process, _ => Fail(++tries > 0, code)));

        Assert.Equal(1, tries);
        Assert.Equal(DiskReserve.Length, new FileInfo(ReservePath).Length);
    }

    [Fact]
    public async Task WriteAsync_ReserveWasUsed_IsMadeWholeAgainAfterAWhile()
    {
        ManualTime time = new();
        await using Database database = Database.Open(FilePath, time: time);
        int tries = 0;
        await database.WriteAsync(Durability.Process, _ => Fail(++tries <= 3, 13));

        await database.WriteAsync(Durability.Process, _ => { });
        Assert.NotEqual(DiskReserve.Length, new FileInfo(ReservePath).Length);
        time.Advance(TimeSpan.FromSeconds(10));
        await database.WriteAsync(Durability.Process, _ => { });

        Assert.Equal(DiskReserve.Length, new FileInfo(ReservePath).Length);
    }

    [Fact]
    public async Task Open_ReserveOfOneThatWasKilled_IsCompletedAndReadByNobodyElse()
    {
        await File.WriteAllBytesAsync(ReservePath, new byte[DiskReserve.Portion + 1]);
        File.SetUnixFileMode(ReservePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await using (Database.Open(FilePath))
        {
            Assert.InRange(new FileInfo(ReservePath).Length, DiskReserve.Length, DiskReserve.Length + DiskReserve.Portion);
        }

        File.Delete(ReservePath);
        await using Database again = Database.Open(FilePath);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(ReservePath));
    }

    [Fact]
    public async Task Open_Database_HasNoIndexInAMappedFile()
    {
        await using Database database = Database.Open(FilePath);
        await database.WriteAsync(Durability.Process, connection => Execute(connection, "INSERT INTO boot (id) VALUES ('x')"));

        Assert.True(File.Exists($"{FilePath}-wal"));
        Assert.False(File.Exists($"{FilePath}-shm"));
    }

    [Fact]
    public async Task Open_ReserveCantBeMade_TheDatabaseWorks()
    {
        Directory.CreateDirectory(ReservePath);

        await using Database database = Database.Open(FilePath);
        await database.WriteAsync(Durability.Process, connection => Execute(connection, "INSERT INTO boot (id) VALUES ('x')"));

        Assert.Equal(["x"], await database.ReadAsync(connection => Strings(connection, "SELECT id FROM boot")));
    }

    public void Dispose() => _directory.Dispose();

    private static void Fail(bool fails, int code)
    {
        if (fails)
        {
            throw new SqliteException("as the test wants it", code);
        }
    }

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
