using System.Globalization;
using Crid.Core;
using Microsoft.Data.Sqlite;

namespace Crid.State;

/// <summary>The versions of the schema: each migration leads from the one before to the next.</summary>
internal static class Schema
{
    private static readonly string[] Migrations = [ImagesMigration.Sql, PodsMigration.Sql, ImageVolumesMigration.Sql, ArtifactsMigration.Sql, WaitingLayersMigration.Sql];

    public static int Version => Migrations.Length;

    public static void Migrate(SqliteConnection connection)
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        Run(connection, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
        int version = ReadVersion(connection);
        if (version > Version)
        {
            throw CridException.FailedPrecondition(
                $"the database has schema version {version}, this crid knows {Version}: it was written by a newer crid");
        }

        for (int i = version; i < Version; i++)
        {
            Run(connection, Migrations[i]);
        }

        if (version < Version)
        {
            Run(connection, $"DELETE FROM schema_version; INSERT INTO schema_version (version) VALUES ({Version})");
        }

        transaction.Commit();
    }

    private static int ReadVersion(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT MAX(version) FROM schema_version";
        return command.ExecuteScalar() is long version ? Convert.ToInt32(version, CultureInfo.InvariantCulture) : 0;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant statements of the migrations.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
