using System.Text.Json;
using Crid.Core;
using Crid.State;
using Microsoft.Data.Sqlite;

namespace Crid.Pods;

/// <summary>The rows of the table <c>containers</c>.</summary>
internal sealed class ContainerTable(Database database) : IRecordTable<ContainerId, Container>
{
    private const string Upsert = """
        INSERT INTO containers (id, sandbox_id, intent, spec, status) VALUES ($id, $sandbox, $intent, $spec, $status)
        ON CONFLICT (id) DO UPDATE SET intent = $intent, status = $status
        """;

    public Task WriteAsync(Container record)
    {
        byte[] spec = PodsJson.Write(record.Spec);
        byte[] status = JsonSerializer.SerializeToUtf8Bytes(record.Status, PodsJson.Default.ContainerStatus);
        return database.WriteAsync(Durability.Process, connection =>
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = Upsert;
            command.Parameters.AddWithValue("$id", record.Id.Value);
            command.Parameters.AddWithValue("$sandbox", record.SandboxId.Value);
            command.Parameters.AddWithValue("$intent", IntentColumn.Write(record.Intent));
            command.Parameters.AddWithValue("$spec", spec);
            command.Parameters.AddWithValue("$status", status);
            command.ExecuteNonQuery();
        });
    }

    public Task DeleteAsync(ContainerId id) =>
        database.WriteAsync(Durability.Process, connection =>
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "DELETE FROM containers WHERE id = $id";
            command.Parameters.AddWithValue("$id", id.Value);
            command.ExecuteNonQuery();
        });

    public Task<IReadOnlyList<Container>> LoadAsync() =>
        database.ReadAsync<IReadOnlyList<Container>>(connection =>
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "SELECT id, sandbox_id, intent, spec, status FROM containers";
            using SqliteDataReader reader = command.ExecuteReader();
            List<Container> records = [];
            while (reader.Read())
            {
                records.Add(new Container(
                    ContainerId.Parse(reader.GetString(0)),
                    SandboxId.Parse(reader.GetString(1)),
                    JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(3), PodsJson.Default.ContainerSpec)!,
                    JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(4), PodsJson.Default.ContainerStatus)!)
                {
                    Intent = IntentColumn.Read(reader.GetString(2)),
                });
            }

            return records;
        });
}
