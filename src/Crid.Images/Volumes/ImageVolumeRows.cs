using Crid.Core;
using Microsoft.Data.Sqlite;

namespace Crid.Images;

/// <summary>The rows of the table <c>image_volumes</c>: a row for each layer that a container's volumes need.</summary>
internal static class ImageVolumeRows
{
    public static Dictionary<ContainerId, List<long>> Read(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT container_id, layer FROM image_volumes";
        using SqliteDataReader reader = command.ExecuteReader();
        Dictionary<ContainerId, List<long>> volumes = [];
        while (reader.Read())
        {
            ContainerId id = ContainerId.Parse(reader.GetString(0));
            if (!volumes.TryGetValue(id, out List<long>? layers))
            {
                volumes.Add(id, layers = []);
            }

            layers.Add(reader.GetInt64(1));
        }

        return volumes;
    }

    public static void Insert(SqliteConnection connection, ContainerId id, IEnumerable<Layer> layers)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "INSERT INTO image_volumes (container_id, layer) VALUES ($id, $layer)";
        command.Parameters.AddWithValue("$id", id.Value);
        SqliteParameter number = command.Parameters.Add("$layer", SqliteType.Integer);
        foreach (Layer layer in layers)
        {
            number.Value = layer.Number;
            command.ExecuteNonQuery();
        }
    }

    public static void Delete(SqliteConnection connection, ContainerId id)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "DELETE FROM image_volumes WHERE container_id = $id";
        command.Parameters.AddWithValue("$id", id.Value);
        command.ExecuteNonQuery();
    }
}
