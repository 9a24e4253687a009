namespace Crid.Linux.Tests;

public sealed class ProcessStatTests
{
    [Fact]
    public void Parse_CommandWithBracketsAndBlanks_FindsTheFields()
    {
        byte[] line = "4321 (a) b (c) Z 17 4322 4321 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654321 0 0 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 2304\n"u8.ToArray();

        ProcessStat stat = ProcessStat.Parse(line);

        Assert.Equal(new ProcessStat(4321, 'Z', 17, 4322, 4321, 987654321, 2304), stat);
        Assert.True(stat.IsEnded);
    }

    [Fact]
    public void Parse_NoStatLine_Throws() => Assert.Throws<InvalidDataException>(() => ProcessStat.Parse("nonsense"u8));

    [Fact]
    public void Find_NoSuchProcess_IsNull() => Assert.Null(ProcessStat.Find(0x3FFFFFFF));
}
