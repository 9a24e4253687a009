using Crid.Core;
using Microsoft.Data.Sqlite;

namespace Crid.Images;

/// <summary>The rows of the table <c>layers</c>.</summary>
internal static class LayerRows
{
    /// <summary>The layers, with the time since when those wait that no image has had yet.</summary>
    public static List<(Layer Layer, DateTimeOffset? WaitingSince)> Read(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT number, key, diff_id, bytes, inodes, waiting_since FROM layers";
        using SqliteDataReader reader = command.ExecuteReader();
        List<(Layer, DateTimeOffset?)> layers = [];
        while (reader.Read())
        {
            Layer layer = new(reader.GetInt64(0), reader.GetString(1), DiffId.Parse(reader.GetString(2)), reader.GetInt64(3), reader.GetInt64(4));
            layers.Add((layer, reader.IsDBNull(5) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5))));
        }

        return layers;
    }

    public static void Insert(SqliteConnection connection, Layer layer, DateTimeOffset waitingSince)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = """
            INSERT INTO layers (number, key, diff_id, bytes, inodes, waiting_since) VALUES ($number, $key, $diff_id, $bytes, $inodes, $waiting_since)
            """;
        command.Parameters.AddWithValue("$number", layer.Number);
        command.Parameters.AddWithValue("$key", layer.Key);
        command.Parameters.AddWithValue("$diff_id", layer.DiffId.Value);
        command.Parameters.AddWithValue("$bytes", layer.Bytes);
        command.Parameters.AddWithValue("$inodes", layer.Inodes);
        command.Parameters.AddWithValue("$waiting_since", waitingSince.ToUnixTimeMilliseconds());
        command.ExecuteNonQuery();
    }

    /// <summary>Gives a layer another key, by which no pull asks for it.</summary>
    public static void SetKey(SqliteConnection connection, Layer layer)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "UPDATE layers SET key = $key, waiting_since = NULL WHERE number = $number";
        command.Parameters.AddWithValue("$number", layer.Number);
        command.Parameters.AddWithValue("$key", layer.Key);
        command.ExecuteNonQuery();
    }

    public static void Delete(SqliteConnection connection, IEnumerable<Layer> layers)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "DELETE FROM layers WHERE number = $number";
        SqliteParameter number = command.Parameters.Add("$number", SqliteType.Integer);
        foreach (Layer layer in layers)
        {
            number.Value = layer.Number;
            command.ExecuteNonQuery();
        }
    }
}
