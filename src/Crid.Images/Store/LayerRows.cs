using Crid.Core;
using Microsoft.Data.Sqlite;

namespace Crid.Images;

/// <summary>The rows of the table <c>layers</c>.</summary>
internal static class LayerRows
{
    public static List<Layer> Read(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT number, key, diff_id, bytes, inodes FROM layers";
        using SqliteDataReader reader = command.ExecuteReader();
        List<Layer> layers = [];
        while (reader.Read())
        {
            layers.Add(new Layer(reader.GetInt64(0), reader.GetString(1), DiffId.Parse(reader.GetString(2)), reader.GetInt64(3), reader.GetInt64(4)));
        }

        return layers;
    }

    public static void Insert(SqliteConnection connection, Layer layer)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "INSERT INTO layers (number, key, diff_id, bytes, inodes) VALUES ($number, $key, $diff_id, $bytes, $inodes)";
        command.Parameters.AddWithValue("$number", layer.Number);
        command.Parameters.AddWithValue("$key", layer.Key);
        command.Parameters.AddWithValue("$diff_id", layer.DiffId.Value);
        command.Parameters.AddWithValue("$bytes", layer.Bytes);
        command.Parameters.AddWithValue("$inodes", layer.Inodes);
        command.ExecuteNonQuery();
    }

    public static void SetKey(SqliteConnection connection, Layer layer)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "UPDATE layers SET key = $key WHERE number = $number";
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
