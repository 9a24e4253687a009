using Google.Protobuf.Reflection;

namespace Crid.Api.Tests;

/// <summary>Holds the protocol description, as it was generated, against the table of the CRI.</summary>
public class CriContractTests
{
    private static readonly FileDescriptor File = ApiReflection.Descriptor;

    [Fact]
    public void Table_EveryLine_IsInTheDescriptors()
    {
        Assert.Empty(CriTable.ReadLines().Except(DescriptorTable.ReadLines(File), StringComparer.Ordinal));
    }

    [Fact]
    public void Descriptors_EveryLine_IsInTheTable()
    {
        Assert.Empty(DescriptorTable.ReadLines(File).Except(CriTable.ReadLines(), StringComparer.Ordinal));
    }

    [Fact]
    public void Descriptors_Lines_AreAsManyAsInTheTable()
    {
        IReadOnlyList<string> lines = DescriptorTable.ReadLines(File);

        Assert.Equal(CriTable.ReadLines().Count, lines.Count);
        Assert.Equal(lines.Count, lines.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Descriptor_Syntax_IsProto3InPackageRuntimeV1()
    {
        Assert.Equal("runtime.v1", File.Package);
        Assert.Equal("proto3", File.ToProto().Syntax);
    }

    [Theory]
    [InlineData("password")]
    [InlineData("auth")]
    [InlineData("identity_token")]
    [InlineData("registry_token")]
    public void AuthConfig_SecretField_IsMarkedForRedaction(string field)
    {
        FieldOptions? options = AuthConfig.Descriptor.FindFieldByName(field).GetOptions();

        Assert.NotNull(options);
        Assert.True(options.DebugRedact);
    }
}
