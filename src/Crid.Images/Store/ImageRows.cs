using Crid.Core;
using Crid.Oci;
using Microsoft.Data.Sqlite;

namespace Crid.Images;

/// <summary>The rows of the tables <c>images</c>, <c>image_layers</c> and <c>image_names</c>.</summary>
internal static class ImageRows
{
    public static List<StoredImage> Read(SqliteConnection connection, IReadOnlyDictionary<long, Layer> layers)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT id, config, pinned, manifest FROM images ORDER BY created_at, id";
        using SqliteDataReader reader = command.ExecuteReader();
        List<StoredImage> images = [];
        while (reader.Read())
        {
            string id = reader.GetString(0);
            (byte[], byte[]?) documents = (reader.GetFieldValue<byte[]>(1), reader.IsDBNull(3) ? null : reader.GetFieldValue<byte[]>(3));
            Layer[] stack = [.. ReadLayers(connection, id).Select(number => layers[number])];
            images.Add(Make(ImageId.Parse(id), documents, stack, ReadNames(connection, id), pinned: reader.GetInt64(2) != 0));
        }

        return images;
    }

    /// <summary>The image record that rows or a finished pull stand for.</summary>
    public static StoredImage Make(
        ImageId id, (byte[] Config, byte[]? Manifest) documents, IReadOnlyList<Layer> layers, IReadOnlyCollection<ImageReference> names, bool pinned)
    {
        (byte[] config, byte[]? manifest) = documents;
        Image image = new()
        {
            Id = id,
            Tags = [.. names.Where(static name => name.Digest is null)],
            Digests = [.. names.Where(static name => name.Digest is not null)],
            Size = Math.Max(1, (ulong)(layers.Sum(static layer => layer.Bytes) + config.Length + (manifest?.Length ?? 0))),
            Config = manifest is null ? ImageDocuments.ParseConfig(config) : new ImageConfig(),
            ArtifactType = manifest is null ? null : ArtifactManifest.TypeOf(ImageDocuments.ParseManifest(manifest)),
            Layers = [.. layers.Select(static layer => layer.DiffId)],
            Pinned = pinned,
        };
        return new StoredImage(image, config, manifest, layers);
    }

    public static void Upsert(SqliteConnection connection, StoredImage image, DateTimeOffset now)
    {
        string id = image.Image.Id.Value;
        Execute(connection, "INSERT OR IGNORE INTO images (id, config, manifest, pinned, created_at) VALUES ($1, $2, $3, $4, $5)",
            id, image.Config, image.Manifest ?? (object)DBNull.Value, image.Image.Pinned ? 1L : 0L, now.ToUnixTimeMilliseconds());
        Execute(connection, "UPDATE images SET pinned = $2 WHERE id = $1", id, image.Image.Pinned ? 1L : 0L);
        Execute(connection, "DELETE FROM image_layers WHERE image_id = $1", id);
        for (int i = 0; i < image.Layers.Count; i++)
        {
            Execute(connection, "INSERT INTO image_layers (image_id, position, layer) VALUES ($1, $2, $3)", id, (long)i, image.Layers[i].Number);
        }

        Execute(connection, "UPDATE layers SET waiting_since = NULL WHERE number IN (SELECT layer FROM image_layers WHERE image_id = $1)", id);
        foreach (ImageReference name in image.Image.Tags.Concat(image.Image.Digests))
        {
            Execute(connection, "INSERT OR REPLACE INTO image_names (name, image_id) VALUES ($1, $2)", name.ToString(), id);
        }
    }

    public static void Delete(SqliteConnection connection, ImageId id) =>
        Execute(connection, "DELETE FROM images WHERE id = $1", id.Value);

    private static List<long> ReadLayers(SqliteConnection connection, string id)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT layer FROM image_layers WHERE image_id = $id ORDER BY position";
        command.Parameters.AddWithValue("$id", id);
        using SqliteDataReader reader = command.ExecuteReader();
        List<long> numbers = [];
        while (reader.Read())
        {
            numbers.Add(reader.GetInt64(0));
        }

        return numbers;
    }

    private static List<ImageReference> ReadNames(SqliteConnection connection, string id)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM image_names WHERE image_id = $id ORDER BY name";
        command.Parameters.AddWithValue("$id", id);
        using SqliteDataReader reader = command.ExecuteReader();
        List<ImageReference> names = [];
        while (reader.Read())
        {
            names.Add(ImageReference.Parse(reader.GetString(0)));
        }

        return names;
    }

    private static void Execute(SqliteConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant statements of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue($"${i + 1}", values[i]);
        }

        command.ExecuteNonQuery();
    }
}
