using Crid.Core;
using Microsoft.Data.Sqlite;

namespace Crid.Images;

/// <summary>The rows of the table <c>snapshots</c>: a row for each layer of a container's root file system.</summary>
internal static class SnapshotRows
{
    public static Dictionary<ContainerId, List<long>> Read(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT container_id, layer FROM snapshots ORDER BY container_id, position";
        using SqliteDataReader reader = command.ExecuteReader();
        Dictionary<ContainerId, List<long>> snapshots = [];
        while (reader.Read())
        {
            ContainerId id = ContainerId.Parse(reader.GetString(0));
            if (!snapshots.TryGetValue(id, out List<long>? layers))
            {
                snapshots.Add(id, layers = []);
            }

            layers.Add(reader.GetInt64(1));
        }

        return snapshots;
    }

    public static void Insert(SqliteConnection connection, ContainerId id, IReadOnlyList<Layer> layers)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "INSERT INTO snapshots (container_id, position, layer) VALUES ($id, $position, $layer)";
        command.Parameters.AddWithValue("$id", id.Value);
        SqliteParameter position = command.Parameters.Add("$position", SqliteType.Integer);
        SqliteParameter layer = command.Parameters.Add("$layer", SqliteType.Integer);
        for (int i = 0; i < layers.Count; i++)
        {
            position.Value = i;
            layer.Value = layers[i].Number;
            command.ExecuteNonQuery();
        }
    }

    public static void Delete(SqliteConnection connection, ContainerId id)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "DELETE FROM snapshots WHERE container_id = $id";
        command.Parameters.AddWithValue("$id", id.Value);
        command.ExecuteNonQuery();
    }
}
