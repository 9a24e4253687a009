using System.Text.Json;
using Crid.Core;
using Crid.State;
using Microsoft.Data.Sqlite;

namespace Crid.Pods;

/// <summary>The rows of the table <c>sandboxes</c>.</summary>
internal sealed class SandboxTable(Database database) : IRecordTable<SandboxId, Sandbox>
{
    private const string Upsert = """
        INSERT INTO sandboxes (id, intent, spec, status) VALUES ($id, $intent, $spec, $status)
        ON CONFLICT (id) DO UPDATE SET intent = $intent, status = $status
        """;

    public Task WriteAsync(Sandbox record)
    {
        byte[] spec = PodsJson.Write(record.Spec);
        byte[] status = JsonSerializer.SerializeToUtf8Bytes(record.Status, PodsJson.Default.SandboxStatus);
        return database.WriteAsync(Durability.Process, connection =>
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = Upsert;
            command.Parameters.AddWithValue("$id", record.Id.Value);
            command.Parameters.AddWithValue("$intent", IntentColumn.Write(record.Intent));
            command.Parameters.AddWithValue("$spec", spec);
            command.Parameters.AddWithValue("$status", status);
            command.ExecuteNonQuery();
        });
    }

    public Task DeleteAsync(SandboxId id) =>
        database.WriteAsync(Durability.Process, connection =>
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "DELETE FROM sandboxes WHERE id = $id";
            command.Parameters.AddWithValue("$id", id.Value);
            command.ExecuteNonQuery();
        });

    public Task<IReadOnlyList<Sandbox>> LoadAsync() =>
        database.ReadAsync<IReadOnlyList<Sandbox>>(connection =>
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "SELECT id, intent, spec, status FROM sandboxes";
            using SqliteDataReader reader = command.ExecuteReader();
            List<Sandbox> records = [];
            while (reader.Read())
            {
                records.Add(new Sandbox(
                    SandboxId.Parse(reader.GetString(0)),
                    JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(2), PodsJson.Default.SandboxSpec)!,
                    JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(3), PodsJson.Default.SandboxStatus)!)
                {
                    Intent = IntentColumn.Read(reader.GetString(1)),
                });
            }

            return records;
        });
}
