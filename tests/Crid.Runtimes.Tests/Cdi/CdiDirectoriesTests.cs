using System.Text.RegularExpressions;
using Crid.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Runtimes.Tests;

public sealed partial class CdiDirectoriesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("cdi-").FullName;
    private readonly CdiDirectories _directories;

    public CdiDirectoriesTests()
    {
        _directories = new CdiDirectories([$"{_root}/etc", $"{_root}/missing", $"{_root}/run"], NullLogger.Instance);
        Directory.CreateDirectory($"{_root}/etc");
        Directory.CreateDirectory($"{_root}/run");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Resolve_DevicesOfOneFile_BringItsOwnEditsOnceAndFirst()
    {
        Write("etc/gpu.yaml", """
            cdiVersion: "0.6.0"
            kind: vendor.com/gpu
            annotations: {made: by-hand}
            containerEdits:
              env: [COMMON=1]
            devices:
            - name: 0
              containerEdits: {env: [GPU=0]}
            - name: all
              containerEdits: {env: [GPU=all]}
            """);

        IReadOnlyList<CdiDeviceEdits> edits = _directories.Resolve(["vendor.com/gpu=all", "vendor.com/gpu=0"]);

        Assert.Equal(["COMMON=1", "GPU=all", "GPU=0"], edits.SelectMany(static device => device.Edits.Env));
        Assert.Equal(["vendor.com/gpu=all", "vendor.com/gpu=all", "vendor.com/gpu=0"], edits.Select(static device => device.Device));
    }

    [Fact]
    public void Resolve_LaterDirectory_Wins()
    {
        Write("etc/a.json", Device("A=etc"));
        Write("run/b.json", Device("A=run"));

        Assert.Equal("A=run", Resolve());
    }

    [Fact]
    public void Resolve_TwoFilesOfOneDirectory_ConflictForTheirDeviceOnly()
    {
        Write("etc/a.json", Device("A=1"));
        Write("etc/b.json", Device("A=2"));
        Write("etc/c.json", Device("A=3", name: "other"));

        CridException exception = Assert.Throws<CridException>(() => _directories.Resolve(["v.com/c=d"]));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Matches("v.com/c=d.*(a.json.*b.json|b.json.*a.json)", exception.Message);
        Assert.Single(_directories.Resolve(["v.com/c=other"]));
        Write("run/a.json", Device("A=settled"));
        Assert.Equal("A=settled", Resolve());
    }

    [Fact]
    public void Resolve_BrokenFile_DisablesOnlyItsDevicesAndIsNamed()
    {
        Write("etc/bad.yaml", "cdiVersion: 0.6.0\nkind: v.com/c\nnonsense: 1\n");
        Write("etc/good.json", Device("A=1"));
        Write("etc/ignored.yml", "not: cdi");
        Directory.CreateDirectory($"{_root}/etc/directory.json");

        CridException exception = Assert.Throws<CridException>(() => _directories.Resolve(["v.com/c=d", "v.com/c=missing"]));

        Assert.Equal("A=1", Resolve());
        Assert.Contains("'v.com/c=missing'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("etc/bad.yaml: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("nonsense", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ignored", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_FileThatChanges_IsReadAgain()
    {
        Write("etc/a.json", Device("A=1"));
        string before = Resolve();

        Write("etc/a.json.new", Device("A=2"));
        File.Move($"{_root}/etc/a.json.new", $"{_root}/etc/a.json", overwrite: true);
        string replaced = Resolve();
        File.Delete($"{_root}/etc/a.json");

        Assert.Equal(("A=1", "A=2"), (before, replaced));
        Assert.Throws<CridException>(() => Resolve());
    }

    [Fact]
    public void Resolve_LinkToAFile_FollowsTheChangesOfItsTarget()
    {
        Write("target", Device("A=1"));
        File.CreateSymbolicLink($"{_root}/etc/a.json", $"{_root}/target");
        string before = Resolve();

        Write("target", Device("A=longer"));

        Assert.Equal(("A=1", "A=longer"), (before, Resolve()));
    }

    [Fact]
    public void Resolve_FileThatIsTooLarge_IsNotRead()
    {
        Write("etc/large.json", Device("A=1") + new string(' ', 2 << 20));

        CridException exception = Assert.Throws<CridException>(() => Resolve());

        Assert.Contains("large.json", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_TooManyFiles_SaysSoAndReadsTheFirst()
    {
        Write("etc/a.json", Device("A=1"));
        for (int index = 0; index < 256; index++)
        {
            Write($"etc/b{index:000}.json", Device("B=1", name: $"b{index}"));
        }

        CridException exception = Assert.Throws<CridException>(() => _directories.Resolve(["v.com/c=b255"]));

        Assert.Equal("A=1", Resolve());
        Assert.Contains("b255.json: the files before it", exception.Message, StringComparison.Ordinal);
        File.Delete($"{_root}/etc/b000.json");
        Assert.Single(_directories.Resolve(["v.com/c=b255"]));
    }

    /// <summary>Each makes its file useless, with words that say why.</summary>
    [Theory]
    [InlineData("\"cdiVersion\": \"9.0.0\"", "version '9.0.0' is not known")]
    [InlineData("\"cdiVersion\": \"0.3.0\"", "needs version 0.5.0, and it says 0.3.0")]
    [InlineData("\"kind\": \"v\"", "kind 'v' is not vendor/class")]
    [InlineData("\"kind\": \"9v.com/c\"", "kind '9v.com/c' is not vendor/class")]
    [InlineData("\"devices\": []", "no devices")]
    [InlineData("\"devices\": [ { \"name\": \"-d\", \"containerEdits\": { \"env\": [ \"A=1\" ] } } ]", "'-d' can't be the name of a device")]
    [InlineData("\"devices\": [ { \"name\": \"d\", \"containerEdits\": {} } ]", "device 'd' changes nothing")]
    [InlineData("\"devices\": [ { \"name\": \"d\" } ]", "containerEdits")]
    [InlineData("\"devices\": [ { \"name\": \"d\", \"containerEdits\": { \"env\": [ \"A=1\" ] } }, { \"name\": \"d\", \"containerEdits\": { \"env\": [ \"A=1\" ] } } ]", "two devices are named 'd'")]
    [InlineData("\"containerEdits\": { \"env\": [ \"=1\" ] }", "env '=1' is not NAME=VALUE")]
    [InlineData("\"containerEdits\": { \"deviceNodes\": [ { \"path\": \"dev/x\" } ] }", "device node 'dev/x' are not absolute")]
    [InlineData("\"containerEdits\": { \"deviceNodes\": [ { \"path\": \"/dev/x\", \"type\": \"d\" } ] }", "type 'd'")]
    [InlineData("\"containerEdits\": { \"deviceNodes\": [ { \"path\": \"/dev/x\", \"permissions\": \"rx\" } ] }", "permissions of device node '/dev/x'")]
    [InlineData("\"containerEdits\": { \"mounts\": [ { \"hostPath\": \"/a\", \"containerPath\": \"b\" } ] }", "mount on 'b'")]
    [InlineData("\"containerEdits\": { \"hooks\": [ { \"hookName\": \"always\", \"path\": \"/a\" } ] }", "no hook 'always'")]
    [InlineData("\"containerEdits\": { \"hooks\": [ { \"hookName\": \"prestart\", \"path\": \"a\" } ] }", "path of hook 'a'")]
    [InlineData("\"containerEdits\": { \"netDevices\": [ { \"hostInterfaceName\": \"a\", \"name\": \"x\" }, { \"hostInterfaceName\": \"b\", \"name\": \"x\" } ] }", "there twice")]
    [InlineData("\"containerEdits\": { \"env\": [], \"env\": [] }", "env")]
    public void Resolve_FileWithAMistake_SaysWhich(string member, string expected)
    {
        string name = NameOfMember().Match(member).Value;
        string[] members =
        [
            "\"cdiVersion\": \"0.7.0\"", "\"kind\": \"v.com/c\"", "\"containerEdits\": { \"deviceNodes\": [ { \"path\": \"/dev/x\", \"hostPath\": \"/dev/y\" } ] }",
            "\"devices\": [ { \"name\": \"d\", \"containerEdits\": { \"env\": [ \"A=1\" ] } } ]",
        ];
        string content = $"{{ {string.Join(", ", members.Select(other => other.StartsWith(name, StringComparison.Ordinal) ? member : other))} }}";
        Write("etc/a.json", content);

        CridException exception = Assert.Throws<CridException>(() => Resolve());

        Assert.Contains("etc/a.json: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v0.5.0", """ "deviceNodes": [ { "path": "/dev/x", "hostPath": "/dev/y" } ] """)]
    [InlineData("0.4.0", """ "mounts": [ { "hostPath": "/a", "containerPath": "/b", "type": "bind", "options": null } ] """)]
    [InlineData("0.7.0", """ "additionalGids": [ 5 ] """)]
    [InlineData("1.1.0", """ "netDevices": [ { "hostInterfaceName": "a", "name": "b" } ] """)]
    [InlineData("1.1.0", """ "intelRdt": { "closID": "x", "schemata": [ "L3:0=f" ], "enableMonitoring": true } """)]
    public void Resolve_FileOfTheVersionThatItNeeds_IsUsed(string version, string edits)
    {
        Write("etc/a.json", $$"""{ "cdiVersion": "{{version}}", "kind": "v.com/c", "devices": [ { "name": "d", "containerEdits": { {{edits}} } } ] }""");

        Assert.Single(_directories.Resolve(["v.com/c=d"]));
    }

    [Fact]
    public void List_Always_ShowsDevicesContestsAndUnusableFilesAsTheyAreNow()
    {
        Assert.Empty(_directories.List().Devices);
        Write("etc/a.json", Device("A=1"));
        Write("etc/b.json", Device("A=2"));
        Write("etc/bad.yaml", "cdiVersion: 0.6.0\nkind: v.com/c\nnonsense: 1\n");
        Write("run/c.json", Device("A=3", name: "a"));

        CdiInventory inventory = _directories.List();

        Assert.Equal([$"{_root}/etc", $"{_root}/missing", $"{_root}/run"], inventory.Directories);
        Assert.Equal([new CdiInventoryDevice("v.com/c=a", $"{_root}/run/c.json", null), new CdiInventoryDevice("v.com/c=d", $"{_root}/etc/b.json", $"{_root}/etc/a.json")], inventory.Devices);
        (string path, string problem) = Assert.Single(inventory.UnusableFiles);
        Assert.Equal($"{_root}/etc/bad.yaml", path);
        Assert.Contains("nonsense", problem, StringComparison.Ordinal);
    }

    private string Resolve() => _directories.Resolve(["v.com/c=d"]).Single().Edits.Env.Single();

    private void Write(string path, string content) => File.WriteAllText($"{_root}/{path}", content);

    private static string Device(string variable, string name = "d") =>
        $$"""{ "cdiVersion": "0.6.0", "kind": "v.com/c", "devices": [ { "name": "{{name}}", "containerEdits": { "env": [ "{{variable}}" ] } } ] }""";

    [GeneratedRegex("^\"[a-zA-Z]+\"", RegexOptions.None, matchTimeoutMilliseconds: 10000)]
    private static partial Regex NameOfMember();
}
