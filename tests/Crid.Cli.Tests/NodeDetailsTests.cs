using System.Text.Json.Nodes;

namespace Crid.Cli.Tests;

public sealed class NodeDetailsTests
{
    [Fact]
    public void Take_DecodersAndDevices_BecomeTablesAndLeaveTheDetails()
    {
        JsonObject details = (JsonObject)JsonNode.Parse("""
            {"config": {"a": 1},
             "images": {"decoders": [{"compression": "gzip", "decoder": "libisal", "reason": ""}, {"compression": "zstd", "decoder": "ZstdSharp", "reason": "libzstd.so.1 can't be loaded"}]},
             "cdi": {"directories": ["/etc/cdi"], "devices": [{"name": "v.com/gpu=0", "file": "/etc/cdi/a.json", "contestedBy": "/etc/cdi/b.json"}],
               "unusableFiles": [{"file": "/etc/cdi/c.yaml", "problem": "no kind"}]}}
            """)!;

        string[] tables = [.. NodeDetails.Take(details).Select(Render)];

        Assert.Equal(
            [
                "LAYERS   UNPACKED WITH   REASON\ngzip     libisal\nzstd     ZstdSharp       libzstd.so.1 can't be loaded\n",
                "CDI DEVICE    FILE              PROBLEM\nv.com/gpu=0   /etc/cdi/a.json   also in /etc/cdi/b.json\n              /etc/cdi/c.yaml   no kind\n",
            ],
            tables);
        Assert.Equal(["config"], details.Select(static entry => entry.Key));
    }

    [Theory]
    [InlineData("""{"images": "x", "cdi": [1]}""")]
    [InlineData("""{"images": {"decoders": {}}, "cdi": {"devices": []}}""")]
    public void Take_DetailsOfAnotherServer_AreLeftAlone(string json)
    {
        JsonObject details = (JsonObject)JsonNode.Parse(json)!;

        Assert.Empty(NodeDetails.Take(details));
        Assert.Equal(2, details.Count);
    }

    private static string Render(Table table)
    {
        StringWriter writer = new() { NewLine = "\n" };
        table.Write(writer, screenWidth: null);
        return writer.ToString();
    }
}
