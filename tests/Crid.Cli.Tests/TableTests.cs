namespace Crid.Cli.Tests;

public class TableTests
{
    [Fact]
    public void Write_NoScreen_KeepsEveryCellWhole()
    {
        Table table = new(new TableColumn("ID"), new TableColumn("NAME", MinimumWidth: 4));
        table.Add("0123456789abc", "a-rather-long-name-of-a-pod");

        string[] lines = Render(table, width: null);

        Assert.Equal("ID              NAME", lines[0]);
        Assert.Equal("0123456789abc   a-rather-long-name-of-a-pod", lines[1]);
    }

    [Fact]
    public void Write_NarrowScreen_ShortensOnlyColumnsThatMayBe()
    {
        Table table = new(new TableColumn("ID"), new TableColumn("NAME", MinimumWidth: 6), new TableColumn("IMAGE", MinimumWidth: 6));
        table.Add("0123456789abc", "a-name-of-a-pod", "registry.example.com/library/busybox:latest");

        string[] lines = Render(table, width: 40);

        Assert.All(lines, line => Assert.True(line.Length <= 40, line));
        Assert.StartsWith("0123456789abc   ", lines[1], StringComparison.Ordinal);
        Assert.Contains("…", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ScreenNarrowerThanMinimum_StopsAtMinimum()
    {
        Table table = new(new TableColumn("NAME", MinimumWidth: 8));
        table.Add("abcdefghijklmnop");

        string[] lines = Render(table, width: 3);

        Assert.Equal("abcdefg…", lines[1]);
    }

    [Fact]
    public void Add_ControlCharacters_AreMadeVisible()
    {
        Table table = new(new TableColumn("NAME"));
        table.Add("a\u001b[31mb\nc");

        string[] lines = Render(table, width: null);

        Assert.Equal("a\uFFFD[31mb\uFFFDc", lines[1]);
    }

    [Fact]
    public void Write_RightAlignedColumn_PadsOnTheLeft()
    {
        Table table = new(new TableColumn("SIZE", AlignRight: true));
        table.Add("1 B");

        Assert.Equal(" 1 B", Render(table, width: null)[1]);
    }

    private static string[] Render(Table table, int? width)
    {
        using StringWriter writer = new() { NewLine = "\n" };
        table.Write(writer, width);
        return writer.ToString().TrimEnd('\n').Split('\n');
    }
}
