namespace Crid.Keeper.Tests;

public sealed class PidFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("42", 42)]
    [InlineData("42\n", 42)]
    [InlineData("", null)]
    [InlineData("0", null)]
    [InlineData("-1", null)]
    [InlineData("pid", null)]
    [InlineData("42                                and more", null)]
    public void TryRead_Content_IsThePidIfItIsOne(string content, int? expected)
    {
        File.WriteAllText(_path, content);

        Assert.Equal(expected, PidFile.TryRead(_path));
    }

    [Fact]
    public void TryRead_Directory_IsNull() => Assert.Null(PidFile.TryRead(Path.GetTempPath()));

    [Fact]
    public void TryRead_Missing_IsNull() => Assert.Null(PidFile.TryRead($"{_path}.missing"));
}
