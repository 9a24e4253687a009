using Crid.Images;
using Crid.Runtimes;

namespace Crid.Cri;

/// <summary>What a verbose Status tells beyond the configuration.</summary>
internal static class NodeInfo
{
    public static string Images(IReadOnlyList<DecoderInUse> decoders) => VerboseInfo.Write(writer =>
    {
        writer.WriteStartArray("decoders");
        foreach (DecoderInUse decoder in decoders)
        {
            writer.WriteStartObject();
            writer.WriteString("compression", decoder.Compression);
            writer.WriteString("decoder", decoder.Decoder);
            writer.WriteString("reason", decoder.Reason);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    public static string Cdi(CdiInventory inventory) => VerboseInfo.Write(writer =>
    {
        writer.WriteStrings("directories", inventory.Directories);
        writer.WriteStartArray("devices");
        foreach (CdiInventoryDevice device in inventory.Devices)
        {
            writer.WriteStartObject();
            writer.WriteString("name", device.Name);
            writer.WriteString("file", device.Path);
            writer.WriteString("contestedBy", device.Rival ?? "");
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("unusableFiles");
        foreach ((string path, string problem) in inventory.UnusableFiles)
        {
            writer.WriteStartObject();
            writer.WriteString("file", path);
            writer.WriteString("problem", problem);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });
}
