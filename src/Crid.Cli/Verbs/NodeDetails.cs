using System.Text.Json.Nodes;

namespace Crid.Cli;

/// <summary>What crid tells of itself in a verbose Status, as tables. What another CRI server tells is left alone.</summary>
internal static class NodeDetails
{
    /// <summary>Makes tables of what it knows and takes that out of the details, so that the rest can be shown as it is.</summary>
    public static IReadOnlyList<Table> Take(JsonObject details)
    {
        List<Table> tables = [];
        if (details["images"] is JsonObject images && images["decoders"] is JsonArray decoders)
        {
            details.Remove("images");
            tables.Add(TabulateDecoders(decoders));
        }

        if (details["cdi"] is JsonObject cdi && cdi["devices"] is JsonArray devices && cdi["unusableFiles"] is JsonArray files)
        {
            details.Remove("cdi");
            tables.AddRange(devices.Count + files.Count > 0 ? [TabulateDevices(devices, files)] : []);
        }

        return tables;
    }

    private static Table TabulateDecoders(JsonArray decoders)
    {
        Table table = new(new TableColumn("LAYERS"), new TableColumn("UNPACKED WITH"), new TableColumn("REASON", MinimumWidth: 10));
        foreach (JsonNode? decoder in decoders)
        {
            table.Add(Text(decoder, "compression"), Text(decoder, "decoder"), Text(decoder, "reason"));
        }

        return table;
    }

    private static Table TabulateDevices(JsonArray devices, JsonArray files)
    {
        Table table = new(new TableColumn("CDI DEVICE", MinimumWidth: 10), new TableColumn("FILE", MinimumWidth: 10), new TableColumn("PROBLEM", MinimumWidth: 10));
        foreach (JsonNode? device in devices)
        {
            string rival = Text(device, "contestedBy");
            table.Add(Text(device, "name"), Text(device, "file"), rival.Length == 0 ? "" : $"also in {rival}");
        }

        foreach (JsonNode? file in files)
        {
            table.Add("", Text(file, "file"), Text(file, "problem"));
        }

        return table;
    }

    private static string Text(JsonNode? node, string name) => node?[name]?.GetValue<string>() ?? "";
}
