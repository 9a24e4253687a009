using Crid.State;
using Microsoft.Data.Sqlite;

namespace Crid.Pods;

/// <summary>Remembers which boot the rows speak of: pids, namespaces and mounts of another one are gone.</summary>
internal sealed class BootRecord(Database database) : IBootRecord
{
    public Task<string?> ReadAsync() => database.ReadAsync(connection =>
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT id FROM boot";
        return command.ExecuteScalar() as string;
    });

    public Task WriteAsync(string bootId) => database.WriteAsync(Durability.Process, connection =>
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "DELETE FROM boot; INSERT INTO boot (id) VALUES ($id)";
        command.Parameters.AddWithValue("$id", bootId);
        command.ExecuteNonQuery();
    });
}
